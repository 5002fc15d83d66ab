// Where a QR code may be in a picture: its finder patterns (ISO/IEC 18004 6.3.3), by threes.
//
// Invariant: a candidate is crossed in the proportion 1:1:3:1:1 in a row and in a column; three of
// them stand as the corners of a square do. Refuses: more candidates and threes than the limits,
// the likeliest first, so that a picture full of stripes costs no more than a picture of a code.

/** The most candidates and the most threes that are looked at. */
const CANDIDATES_MAX = 200;
const FINDERS_MAX = 24;
const THREES_MAX = 16;
/** A finder is crossed by at least so many lines, or it is a freckle. */
const CROSSINGS_MIN = 2;

/**
 * @typedef {{x: number, y: number}} Point
 * @typedef {Point & {unit: number, crossings: number}} Finder `unit`: a module along a row or
 * column
 * @typedef {{corner: Finder, right: Finder, below: Finder}} Three
 */

/** @param {number[]} runs five lengths @returns {boolean} 1:1:3:1:1, half a module more or less */
function isFinder(runs) {
  const unit = (runs[0] + runs[1] + runs[2] + runs[3] + runs[4]) / 7;
  if (unit < 1) return false;
  const near = (length, units) => Math.abs(length - units * unit) < unit * units * 0.5 + 0.5;
  return runs.every((length, at) => length > 0 && near(length, at === 2 ? 3 : 1));
}

/**
 * Crosses a finder along a line through a pixel in its middle.
 * @param {import("./qr-image.js").Relief} relief
 * @param {number} at the pixel @param {number} stride to the next one
 * @param {number} before how many there are before it
 * @param {number} after how many from it on
 * @returns {{offset: number, unit: number} | null} how far the middle is from the pixel
 */
function cross({ depth }, at, stride, before, after) {
  const walk = (step, limit) => {
    const runs = [0, 0, 0];
    let [place, dark] = [0, true];
    for (let count = 1; count < limit; count += 1) {
      const found = depth[at + step * count] > 0;
      if (found !== dark) {
        place += 1;
        dark = found;
        if (place === 3) break;
      }
      runs[place] += 1;
    }
    return runs;
  };
  const [back, ahead] = [walk(-stride, before + 1), walk(stride, after)];
  const runs = [back[2], back[1], back[0] + 1 + ahead[0], ahead[1], ahead[2]];
  if (!isFinder(runs)) return null;
  const unit = (runs[0] + runs[1] + runs[2] + runs[3] + runs[4]) / 7;
  return { offset: (ahead[0] - back[0]) / 2, unit };
}

/**
 * @param {Finder[]} finders @param {Point & {unit: number}} found put to those that it belongs to
 */
function add(finders, { x, y, unit }) {
  const known = finders.find(
    (own) =>
      Math.hypot(own.x - x, own.y - y) < 2 * unit && own.unit < 2 * unit && unit < 2 * own.unit,
  );
  if (known === undefined) {
    if (finders.length < CANDIDATES_MAX) finders.push({ x, y, unit, crossings: 1 });
    return;
  }
  const share = 1 / (known.crossings + 1);
  known.x += (x - known.x) * share;
  known.y += (y - known.y) * share;
  known.unit += (unit - known.unit) * share;
  known.crossings += 1;
}

/** @param {import("./qr-image.js").Relief} relief @returns {Finder[]} the likeliest first */
export function findersOf(relief) {
  const { width, height, depth } = relief;
  const finders = [];
  const runs = [0, 0, 0, 0, 0];
  for (let y = 0; y < height; y += 1) {
    runs.fill(0);
    let dark = false;
    for (let x = 0; x <= width; x += 1) {
      const found = x < width && depth[y * width + x] > 0;
      if (found === dark && x < width) {
        runs[4] += 1;
        continue;
      }
      // A dark run ends here: with the four before it, it may be a finder.
      if (dark && isFinder(runs)) take(relief, finders, x - runs[4] - runs[3] - runs[2] / 2, y);
      runs.shift();
      runs.push(1);
      dark = found;
    }
  }
  const likely = finders.filter(({ crossings }) => crossings >= CROSSINGS_MIN);
  return likely.sort((one, other) => other.crossings - one.crossings).slice(0, FINDERS_MAX);
}

/** Takes a finder in that was crossed in a row, if a column and again a row cross it too. */
function take(relief, finders, middle, y) {
  const { width, height } = relief;
  let x = Math.floor(middle);
  const down = cross(relief, y * width + x, width, y, height - y);
  if (down === null) return;
  const row = Math.round(y + down.offset);
  const over = cross(relief, row * width + x, 1, x, width - x);
  if (over === null || over.unit > 2 * down.unit || down.unit > 2 * over.unit) return;
  x += over.offset;
  add(finders, { x: x + 0.5, y: y + down.offset + 0.5, unit: (over.unit + down.unit) / 2 });
}

const distance = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);

/**
 * @param {Finder[]} three @returns {{three: Three, fault: number} | null} as corners of a square
 */
function asCorners(three) {
  // The corner is the one across from the longest side.
  const across = (at) => distance(three[(at + 1) % 3], three[(at + 2) % 3]);
  const at = [0, 1, 2].reduce((best, own) => (across(own) > across(best) ? own : best), 0);
  const corner = three[at];
  let [right, below] = [three[(at + 1) % 3], three[(at + 2) % 3]];
  const turn =
    (right.x - corner.x) * (below.y - corner.y) - (right.y - corner.y) * (below.x - corner.x);
  if (turn < 0) [right, below] = [below, right];
  const [one, other, long] = [
    distance(corner, right),
    distance(corner, below),
    distance(right, below),
  ];
  const units = three.map(({ unit }) => unit);
  const [small, large] = [Math.min(...units), Math.max(...units)];
  // The smallest code has 14 modules between the middles of its finders.
  if (large > 1.8 * small || Math.min(one, other) < 8 * large) return null;
  const legs = Math.abs(one - other) / Math.max(one, other);
  const angle = Math.abs(long * long - one * one - other * other) / (long * long);
  if (legs > 0.4 || angle > 0.4) return null;
  // A finder is crossed by as many rows as its middle is high; what looks like one is by fewer.
  const thin = three.reduce(
    (sum, own) => sum + Math.max(0, 1 - own.crossings / (2.5 * own.unit)),
    0,
  );
  return { three: { corner, right, below }, fault: legs + angle + (large / small - 1) / 2 + thin };
}

/** @param {Finder[]} finders @returns {Three[]} the likeliest first */
export function threesOf(finders) {
  const found = [];
  for (let one = 0; one < finders.length; one += 1) {
    for (let two = one + 1; two < finders.length; two += 1) {
      for (let three = two + 1; three < finders.length; three += 1) {
        const corners = asCorners([finders[one], finders[two], finders[three]]);
        if (corners !== null) found.push(corners);
      }
    }
  }
  found.sort((one, other) => one.fault - other.fault);
  return found.slice(0, THREES_MAX).map(({ three }) => three);
}
