// Counts the time to the hour of the day's report, or how late it is, by this device's own pace.
//
// Invariant: it begins with what the server said and changes nothing else. Refuses: to judge.

const place = document.getElementById("clock");
const begun = performance.now();

function tell() {
  const left = Number(place.dataset.left) - (performance.now() - begun) / 1_000;
  const minutes = Math.floor(Math.abs(left) / 60);
  place.textContent = `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
  document.getElementById("left").hidden = left < 0;
  document.getElementById("late").hidden = left >= 0;
}
if (place) setInterval(tell, 5_000);
