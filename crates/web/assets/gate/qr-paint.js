// Paints a code on a canvas, dark on white whatever the page's colours are: readers expect it.
//
// Invariant: four modules of white around it (ISO/IEC 18004 5.3.8). Refuses: nothing.

const [MODULE, BORDER] = [6, 4];

/** @param {HTMLCanvasElement} canvas @param {{side: number, modules: Uint8Array}} code */
export function paint(canvas, { side, modules }) {
  canvas.width = canvas.height = (side + 2 * BORDER) * MODULE;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#000";
  modules.forEach((isDark, place) => {
    const [row, column] = [Math.floor(place / side) + BORDER, (place % side) + BORDER];
    if (isDark) context.fillRect(column * MODULE, row * MODULE, MODULE, MODULE);
  });
}
