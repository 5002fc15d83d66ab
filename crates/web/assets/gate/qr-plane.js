// The plane of a QR code in a picture: where each of its modules is, and which version it has.
//
// Invariant: a plane goes through the three finders and fits every alignment pattern that was found
// (ISO/IEC 18004 6.3.6) as well as all of them together allow; the search for one is bounded by the
// size of the code. Refuses: versions whose timing and version patterns are not where they should
// be.

import { depthAt } from "./qr-image.js";
import { alignmentPlaces, sideOf, versionModules } from "./qr-shape.js";

/** How many versions beside the likeliest are tried, and how many shapes are worth reading. */
const VERSIONS_BESIDE = 3;
const SHAPES_MAX = 3;
/** How much of its patterns a shape must have where they belong, of 1. */
const FIT_MIN = 0.7;
/** A difference of units beyond which the code leans, and is not only measured badly. */
const LEAN_MIN = 0.05;
/** An alignment pattern that fits wholly. */
const WHOLE = 25 * 32;

/**
 * @typedef {import("./qr-find.js").Point} Point
 * @typedef {(x: number, y: number) => Point} Plane from columns and rows of modules to pixels
 */

/** Solves eight equations, given with their sums; `null` where they do not determine anything. */
function solve(rows) {
  for (let at = 0; at < 8; at += 1) {
    const rest = rows.slice(at);
    const pivot = rest.reduce((best, row) => (Math.abs(row[at]) > Math.abs(best[at]) ? row : best));
    if (Math.abs(pivot[at]) < 1e-12) return null;
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(at, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[at] / pivot[at];
      for (let column = at; column < 9; column += 1) row[column] -= factor * pivot[column];
    }
  }
  return rows.map((row, at) => row[8] / row[at]);
}

/**
 * @param {[number, number, Point][]} pairs column, row, and where that is in the picture; four or
 * more
 * @param {number} side by which columns and rows are brought to numbers around 1
 * @returns {Plane | null} the plane that fits them best
 */
function planeOf(pairs, side) {
  const normal = Array.from({ length: 8 }, () => new Array(9).fill(0));
  for (const [column, row, { x, y }] of pairs) {
    const [u, v] = [column / side, row / side];
    const equations = [
      [u, v, 1, 0, 0, 0, -u * x, -v * x, x],
      [0, 0, 0, u, v, 1, -u * y, -v * y, y],
    ];
    for (const equation of equations) {
      for (let at = 0; at < 8; at += 1) {
        for (let term = 0; term < 9; term += 1) normal[at][term] += equation[at] * equation[term];
      }
    }
  }
  const terms = solve(normal);
  if (terms === null) return null;
  const [a, b, c, d, e, f, g, h] = terms;
  return (column, row) => {
    const [u, v] = [column / side, row / side];
    const w = g * u + h * v + 1;
    return { x: (a * u + b * v + c) / w, y: (d * u + e * v + f) / w };
  };
}

/** How deep a module is: over 0 where it is dark. Its middle and four places around it count. */
export function moduleDepth(relief, plane, row, column) {
  let sum = 0;
  for (const [down, over] of PLACES) {
    const { x, y } = plane(column + over, row + down);
    sum += Math.max(-48, Math.min(48, depthAt(relief, x, y)));
  }
  return sum;
}
const PLACES = [
  [0.5, 0.5],
  [0.3, 0.5],
  [0.7, 0.5],
  [0.5, 0.3],
  [0.5, 0.7],
];

/** @returns {number} how well an alignment pattern fits around a place, at most `WHOLE` */
function alignmentFit(relief, { x, y }, over, down) {
  let sum = 0;
  for (let row = -2; row <= 2; row += 1) {
    for (let column = -2; column <= 2; column += 1) {
      const [px, py] = [x + column * over.x + row * down.x, y + column * over.y + row * down.y];
      const depth = Math.max(-32, Math.min(32, depthAt(relief, px, py) * 4));
      sum += Math.max(Math.abs(row), Math.abs(column)) === 1 ? -depth : depth;
    }
  }
  return sum;
}

/** The best place within `reach` modules of one; of places that fit alike, their middle. */
function bestFit(relief, middle, over, down, reach, step) {
  let [best, sum] = [0, { x: 0, y: 0, count: 0 }];
  for (let row = -reach; row <= reach; row += step) {
    for (let column = -reach; column <= reach; column += step) {
      const place = {
        x: middle.x + column * over.x + row * down.x,
        y: middle.y + column * over.y + row * down.y,
      };
      // A little less for every module away: data can look like the pattern by chance.
      const fit = alignmentFit(relief, place, over, down) - 4 * Math.hypot(row, column);
      if (fit > best + 8) [best, sum] = [fit, { x: 0, y: 0, count: 0 }];
      if (fit > best - 8) sum = { x: sum.x + place.x, y: sum.y + place.y, count: sum.count + 1 };
    }
  }
  return best > 0 ? { x: sum.x / sum.count, y: sum.y / sum.count, fit: best } : null;
}

/** @returns {Point | null} an alignment pattern near a place, to a part of a module */
function alignmentNear(relief, guess, over, down, reach) {
  const near = bestFit(relief, guess, over, down, reach, 0.5);
  if (near === null || near.fit < WHOLE / 2) return null;
  return bestFit(relief, near, over, down, 0.75, 0.125);
}

const minus = (one, other) => ({ x: one.x - other.x, y: one.y - other.y });

/** @returns {[number, number, Point][]} the alignment patterns where a plane makes them likely */
function alignmentsNear(relief, plane, version) {
  const found = [];
  for (const [row, column] of alignmentPlaces(version)) {
    const [x, y] = [column + 0.5, row + 0.5];
    const middle = plane(x, y);
    const [over, down] = [minus(plane(x + 1, y), middle), minus(plane(x, y + 1), middle)];
    const place = alignmentNear(relief, middle, over, down, 2);
    if (place !== null) found.push([x, y, place]);
  }
  return found;
}

/** @returns {Point} where the fourth corner would be: what is smaller is farther away */
function acrossFrom(corner, right, below) {
  const farther = (to) => {
    const ratio = (corner.unit / to.unit) ** (2 / 3);
    return Math.abs(ratio - 1) < LEAN_MIN ? 1 : ratio;
  };
  const [one, other] = [farther(right), farther(below)];
  const whole = one + other - 1;
  return {
    x: (one * right.x + other * below.x - corner.x) / whole,
    y: (one * right.y + other * below.y - corner.y) / whole,
  };
}

/** @returns {Plane | null} by the finders and one alignment pattern */
function roughPlane(relief, { corner, right, below }, version) {
  const side = sideOf(version);
  const finders = [
    [3.5, 3.5, corner],
    [side - 3.5, 3.5, right],
    [3.5, side - 3.5, below],
  ];
  const flat = planeOf(
    [...finders, [side - 3.5, side - 3.5, acrossFrom(corner, right, below)]],
    side,
  );
  if (version === 1 || flat === null) return flat;
  const at = side - 6.5;
  const guess = flat(at, at);
  const [over, down] = [minus(flat(at + 1, at), guess), minus(flat(at, at + 1), guess)];
  const fourth = alignmentNear(relief, guess, over, down, 3 + side * 0.09);
  return fourth === null ? flat : planeOf([...finders, [at, at, fourth]], side);
}

/** @returns {Plane} the same with all alignment patterns that are found, looked for twice */
function finePlane(relief, { corner, right, below }, version, rough) {
  const side = sideOf(version);
  let plane = rough;
  for (let round = 0; round < 2 && version > 1; round += 1) {
    const found = alignmentsNear(relief, plane, version);
    const pairs = [
      [3.5, 3.5, corner],
      [side - 3.5, 3.5, right],
      [3.5, side - 3.5, below],
      ...found,
    ];
    if (found.length > 0) plane = planeOf(pairs, side) ?? plane;
  }
  return plane;
}

/** @returns {number} how much of the timing and version patterns is where it should be, of 1 */
function patternFit(relief, plane, version) {
  const modules = version >= 7 ? versionModules(version) : [];
  for (let at = 8; at < sideOf(version) - 8; at += 1) {
    modules.push([6, at, at % 2 === 0 ? 1 : 0], [at, 6, at % 2 === 0 ? 1 : 0]);
  }
  const fits = ([row, column, dark]) =>
    moduleDepth(relief, plane, row, column) > 0 === (dark === 1);
  return modules.filter(fits).length / modules.length;
}

/** @returns {number} the version by the distances of the finders, which may be off by a few */
function likelyVersion({ corner, right, below }) {
  const modules = (to) => {
    const [x, y] = [Math.abs(to.x - corner.x), Math.abs(to.y - corner.y)];
    // A finder that is turned is crossed askew: its unit is longer than a module.
    return Math.hypot(x, y) ** 2 / (Math.max(x, y) * ((corner.unit + to.unit) / 2));
  };
  return Math.round(((modules(right) + modules(below)) / 2 + 7 - 17) / 4);
}

/**
 * The shapes that a code at these finders may have, the likeliest first.
 * @param {import("./qr-image.js").Relief} relief @param {import("./qr-find.js").Three} three
 * @returns {{version: number, plane: Plane}[]}
 */
export function shapesOf(relief, three) {
  const likely = likelyVersion(three);
  const shapes = [];
  for (let version = likely - VERSIONS_BESIDE; version <= likely + VERSIONS_BESIDE; version += 1) {
    const rough = version < 1 || version > 40 ? null : roughPlane(relief, three, version);
    if (rough !== null)
      shapes.push({ version, plane: rough, fit: patternFit(relief, rough, version) });
  }
  shapes.sort((one, other) => other.fit - one.fit);
  const fine = shapes.slice(0, SHAPES_MAX).map(({ version, plane: rough }) => {
    const plane = finePlane(relief, three, version, rough);
    return { version, plane, fit: patternFit(relief, plane, version) };
  });
  return fine.filter(({ fit }) => fit > FIT_MIN).sort((one, other) => other.fit - one.fit);
}
