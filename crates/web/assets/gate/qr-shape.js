// The shape of a QR code: which modules of a version carry the pattern, and which carry data
// (ISO/IEC 18004 6.3, 7.7 to 7.10), with its format and version information.
//
// Invariant: everything follows from the version, 1 to 40. A matrix is one byte a module, 1 for
// dark, in rows. Refuses, by `null`: format information with more than three bits spoilt.

/** @param {number} version @returns {number} modules on a side */
export const sideOf = (version) => version * 4 + 17;

/** @param {number} version @returns {number[]} the rows and columns of the alignment patterns */
function alignmentsOf(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = version === 32 ? 26 : Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const places = Array.from({ length: count - 1 }, (_, at) => sideOf(version) - 7 - at * step);
  return [6, ...places.reverse()];
}

/**
 * @param {number} version @returns {[number, number][]} row and column of each alignment pattern
 */
export function alignmentPlaces(version) {
  const [places, last] = [alignmentsOf(version), sideOf(version) - 7];
  const isFinder = (row, column) =>
    [row, column].every((at) => at === 6 || at === last) && row + column < 2 * last;
  return places
    .flatMap((row) => places.map((column) => [row, column]))
    .filter(([row, column]) => !isFinder(row, column));
}

/** @param {number} version @returns {Uint8Array} 1 for each module that carries no data */
export function patternOf(version) {
  const side = sideOf(version);
  const pattern = new Uint8Array(side * side);
  const fill = (left, top, width, height) => {
    for (let row = top; row < top + height; row += 1) {
      pattern.fill(1, row * side + left, row * side + left + width);
    }
  };
  // Finders with their borders and the format information, timing, alignment, version.
  fill(0, 0, 9, 9);
  fill(side - 8, 0, 8, 9);
  fill(0, side - 8, 9, 8);
  fill(6, 0, 1, side);
  fill(0, 6, side, 1);
  for (const [row, column] of alignmentPlaces(version)) fill(column - 2, row - 2, 5, 5);
  if (version >= 7) {
    fill(side - 11, 0, 3, 6);
    fill(0, side - 11, 6, 3);
  }
  return pattern;
}

/** Which modules a mask turns over, by row and column (7.8.2). */
export const MASKS = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

/**
 * @param {number} value @param {number} generator @param {number} check bits of it
 * @returns {number}
 */
function withCheck(value, generator, check) {
  let rest = value << check;
  for (let bit = 31 - Math.clz32(rest); bit >= check; bit = 31 - Math.clz32(rest)) {
    rest ^= generator << (bit - check);
  }
  return (value << check) | rest;
}

/** All format information by level and mask (7.9), all version information by version (7.10). */
const FORMATS = Array.from({ length: 32 }, (_, value) => withCheck(value, 0x537, 10) ^ 0x5412);
const VERSIONS = Array.from({ length: 41 }, (_, version) => withCheck(version, 0x1f25, 12));
/** The two bits for a level, as they are written. */
const LEVELS = ["M", "L", "H", "Q"];

/** @param {number} value @returns {number} how many bits are set */
function weight(value) {
  let count = 0;
  for (; value !== 0; value &= value - 1) count += 1;
  return count;
}

/** @param {[number, number][]} places rows and columns, the highest bit first */
const bitsAt = (matrix, side, places) =>
  places.reduce((bits, [row, column]) => (bits << 1) | matrix[row * side + column], 0);

/** @param {number} side @returns {[number, number][][]} the two copies of the format information */
function formatPlaces(side) {
  const first = [0, 1, 2, 3, 4, 5, 7, 8].map((column) => [8, column]);
  const then = [7, 5, 4, 3, 2, 1, 0].map((row) => [row, 8]);
  const up = Array.from({ length: 7 }, (_, at) => [side - 1 - at, 8]);
  const over = Array.from({ length: 8 }, (_, at) => [8, side - 8 + at]);
  return [
    [...first, ...then],
    [...up, ...over],
  ];
}

/**
 * @param {Uint8Array} matrix @param {number} side
 * @returns {{level: "L" | "M" | "Q" | "H", mask: number} | null}
 */
export function readFormat(matrix, side) {
  let best = { spoilt: 4, value: 0 };
  for (const places of formatPlaces(side)) {
    const bits = bitsAt(matrix, side, places);
    FORMATS.forEach((format, value) => {
      const spoilt = weight(format ^ bits);
      if (spoilt < best.spoilt) best = { spoilt, value };
    });
  }
  if (best.spoilt > 3) return null;
  return { level: LEVELS[best.value >> 3], mask: best.value & 7 };
}

/** @param {number} version from 7 on @returns {[number, number, number][]} row, column, module */
export function versionModules(version) {
  const modules = [];
  for (let bit = 0; bit < 18; bit += 1) {
    const [near, far] = [Math.floor(bit / 3), sideOf(version) - 11 + (bit % 3)];
    const dark = (VERSIONS[version] >> bit) & 1;
    modules.push([near, far, dark], [far, near, dark]);
  }
  return modules;
}

/**
 * @param {number} version @param {string} level @param {number} mask
 * @returns {Uint8Array} a matrix with all that carries no data
 */
export function withFixed(version, level, mask) {
  const side = sideOf(version);
  const matrix = new Uint8Array(side * side);
  const rings = (top, left, reach) => {
    for (let row = -reach; row <= reach; row += 1) {
      for (let column = -reach; column <= reach; column += 1) {
        const ring = Math.max(Math.abs(row), Math.abs(column));
        matrix[(top + row) * side + left + column] = ring === reach - 1 ? 0 : 1;
      }
    }
  };
  for (let at = 8; at < side - 8; at += 2) matrix[6 * side + at] = matrix[at * side + 6] = 1;
  for (const [row, column] of [
    [3, 3],
    [3, side - 4],
    [side - 4, 3],
  ])
    rings(row, column, 3);
  for (const [row, column] of alignmentPlaces(version)) rings(row, column, 2);
  const format = FORMATS[(LEVELS.indexOf(level) << 3) | mask];
  for (const places of formatPlaces(side)) {
    places.forEach(([row, column], at) => {
      matrix[row * side + column] = (format >> (14 - at)) & 1;
    });
  }
  // The one module that is always dark.
  matrix[(side - 8) * side + 8] = 1;
  for (const [row, column, dark] of version >= 7 ? versionModules(version) : []) {
    matrix[row * side + column] = dark;
  }
  return matrix;
}
