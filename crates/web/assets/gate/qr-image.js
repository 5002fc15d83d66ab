// A picture as a QR reader looks at it: how dark each pixel is beside its surroundings.
//
// Invariant: work and memory are bounded by the size that the picture is brought down to; a pixel
// is dark by the light of its own neighbourhood, so a shadow over half of a code does not hide it.
// Refuses, by `null`: a picture without pixels, or with fewer bytes than it claims.

/**
 * @typedef {{width: number, height: number, grey: Uint8Array}} Grey
 *
 * A picture with its local threshold: a pixel is dark where `depth` is above 0.
 * @typedef {{width: number, height: number, depth: Int16Array}} Relief
 */

/**
 * @param {{width: number, height: number, data: Uint8ClampedArray}} image red, green, blue, opacity
 * @param {number} sideMax of the result, in pixels; a larger picture is averaged down
 * @returns {Grey | null}
 */
export function greyOf({ width, height, data }, sideMax) {
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (!whole || data.length < width * height * 4) return null;
  const step = Math.ceil(Math.max(width, height) / sideMax);
  const [columns, rows] = [Math.floor(width / step), Math.floor(height / step)];
  if (columns === 0 || rows === 0) return null;
  const grey = new Uint8Array(columns * rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      let sum = 0;
      for (let y = row * step; y < (row + 1) * step; y += 1) {
        for (let x = column * step; x < (column + 1) * step; x += 1) {
          const at = (y * width + x) * 4;
          const luma = 306 * data[at] + 601 * data[at + 1] + 117 * data[at + 2];
          // What shows through is white, like the page behind it.
          sum += ((luma >> 10) * data[at + 3]) / 255 + 255 - data[at + 3];
        }
      }
      grey[row * columns + column] = sum / (step * step);
    }
  }
  return { width: columns, height: rows, grey };
}

/**
 * @param {Grey} picture @returns {Grey} each pixel as the mean of the nine around it: less noise
 */
export function softened({ width, height, grey }) {
  const soft = grey.slice();
  for (let y = 1; y < height - 1; y += 1) {
    for (let at = y * width + 1; at < (y + 1) * width - 1; at += 1) {
      const [up, down] = [at - width, at + width];
      const rows =
        grey[up - 1] + grey[up] + grey[up + 1] + grey[down - 1] + grey[down] + grey[down + 1];
      soft[at] = (rows + grey[at - 1] + grey[at] + grey[at + 1]) / 9;
    }
  }
  return { width, height, grey: soft };
}

/**
 * @param {Grey} picture @returns {Uint32Array} the sum of all pixels above and left of each corner
 */
function sums({ width, height, grey }) {
  const out = new Uint32Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y += 1) {
    let line = 0;
    for (let x = 0; x < width; x += 1) {
      line += grey[y * width + x];
      const at = (y + 1) * (width + 1) + x + 1;
      out[at] = out[at - width - 1] + line;
    }
  }
  return out;
}

/**
 * @param {Grey} picture @param {number} radius of the neighbourhood, in pixels
 * @param {number} bias how much darker than its surroundings a dark pixel is, of 1
 * @returns {Relief}
 */
export function reliefOf(picture, radius, bias) {
  const { width, height, grey } = picture;
  const sum = sums(picture);
  const depth = new Int16Array(width * height);
  const share = 1 - bias;
  for (let y = 0; y < height; y += 1) {
    const top = Math.max(0, y - radius) * (width + 1);
    const bottom = Math.min(height, y + radius + 1) * (width + 1);
    const rows = (bottom - top) / (width + 1);
    for (let x = 0; x < width; x += 1) {
      const left = Math.max(0, x - radius);
      const right = Math.min(width, x + radius + 1);
      const inside = sum[bottom + right] - sum[bottom + left] - sum[top + right] + sum[top + left];
      const mean = inside / (rows * (right - left));
      depth[y * width + x] = Math.round(mean * share) - grey[y * width + x];
    }
  }
  return { width, height, depth };
}

/** @param {Relief} relief @param {number} x @param {number} y @returns {number} 0 outside */
export function depthAt({ width, height, depth }, x, y) {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const inside = column >= 0 && row >= 0 && column < width && row < height;
  return inside ? depth[row * width + column] : 0;
}
