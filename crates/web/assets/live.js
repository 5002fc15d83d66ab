// Says that the log has grown since the page was made; the reader decides when to look.
//
// Invariant: nothing moves under the reader's eyes. Refuses: to say anything without a network.

const place = document.getElementById("live");
const known = Number(place.dataset.entries);
const stream = new EventSource("/live");
stream.addEventListener("entries", ({ data }) => {
  if (Number(data) <= known) return;
  place.firstElementChild.hidden = false;
  stream.close();
});
