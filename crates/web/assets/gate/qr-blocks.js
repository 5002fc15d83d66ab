// From the modules of a QR code to its data: codewords, blocks, Reed–Solomon (ISO/IEC 18004 7.5,
// 7.6).
//
// Invariant: data come out only where every block is a word of its code after at most as many
// corrections as it can carry; loops end by the size of a block. Refuses, by `null`: a block that
// is spoilt beyond that.

import { concat } from "./bytes.js";
import { MASKS, patternOf, sideOf } from "./qr-shape.js";

/** Codewords of correction in each block, and how many blocks, by version from 1 on (Table 9). */
const CHECKS = {
  L:
    "7 10 15 20 26 18 20 24 30 18 20 24 26 30 22 24 28 30 28 28 " +
    "28 28 30 30 26 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30",
  M:
    "10 16 26 18 24 16 18 22 22 26 30 22 22 24 24 28 28 26 26 26 " +
    "26 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28",
  Q:
    "13 22 18 26 18 24 18 22 20 24 28 26 24 20 30 24 28 28 26 30 " +
    "28 30 30 30 30 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30",
  H:
    "17 28 22 16 22 28 26 26 24 28 24 28 22 24 24 30 28 28 26 28 " +
    "30 24 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30",
};
const BLOCKS = {
  L:
    "1 1 1 1 1 2 2 2 2 4 4 4 4 4 6 6 6 6 7 8 " +
    "8 9 9 10 12 12 12 13 14 15 16 17 18 19 19 20 21 22 24 25",
  M:
    "1 1 1 2 2 4 4 4 5 5 5 8 9 9 10 10 11 13 14 16 " +
    "17 17 18 20 21 23 25 26 28 29 31 33 35 37 38 40 43 45 47 49",
  Q:
    "1 1 2 2 4 4 6 6 8 8 8 10 12 16 12 17 16 18 21 20 " +
    "23 23 25 27 29 34 34 35 38 40 43 45 48 51 53 56 59 62 65 68",
  H:
    "1 1 2 4 4 4 5 6 8 8 11 11 16 16 18 16 19 21 25 25 " +
    "25 34 30 32 35 37 40 42 45 48 51 54 57 60 63 66 70 74 77 81",
};
const entry = (table, level, version) => Number(table[level].split(" ")[version - 1]);

/** Powers of 2 in GF(256) modulo x^8 + x^4 + x^3 + x^2 + 1, twice over, and their logarithms. */
const POWERS = new Uint8Array(510);
const LOGS = new Uint8Array(256);
for (let at = 0, value = 1; at < 255; at += 1) {
  POWERS[at] = POWERS[at + 255] = value;
  LOGS[value] = at;
  value = (value << 1) ^ (value & 0x80 ? 0x11d : 0);
}
const times = (one, other) => (one === 0 || other === 0 ? 0 : POWERS[LOGS[one] + LOGS[other]]);
const inverse = (value) => POWERS[255 - LOGS[value]];

/** @param {number[]} terms the lowest first @param {number} x @returns {number} */
const evaluate = (terms, x) => terms.reduceRight((sum, term) => times(sum, x) ^ term, 0);

/** @param {number[]} syndromes @returns {number[]} the locator (Berlekamp and Massey) */
function locatorOf(syndromes) {
  let [locator, before, shift, last, errors] = [[1], [1], 1, 1, 0];
  for (let at = 0; at < syndromes.length; at += 1) {
    let gap = syndromes[at];
    for (let term = 1; term <= errors; term += 1)
      gap ^= times(locator[term] ?? 0, syndromes[at - term]);
    if (gap === 0) {
      shift += 1;
      continue;
    }
    const factor = times(gap, inverse(last));
    const next = locator.slice();
    before.forEach((term, place) => {
      next[place + shift] = (next[place + shift] ?? 0) ^ times(factor, term);
    });
    for (let place = 0; place < next.length; place += 1) next[place] ??= 0;
    if (2 * errors <= at) {
      [before, last, errors, shift] = [locator, gap, at + 1 - errors, 1];
    } else {
      shift += 1;
    }
    locator = next;
  }
  return locator.slice(0, errors + 1);
}

/**
 * @param {Uint8Array} block changed in place @param {number} checks how many codewords correct
 * @returns {boolean} whether it is a word of the code now
 */
export function correct(block, checks) {
  const syndromesOf = () =>
    Array.from({ length: checks }, (_, power) =>
      block.reduce((sum, codeword) => times(sum, POWERS[power]) ^ codeword, 0),
    );
  const syndromes = syndromesOf();
  if (syndromes.every((value) => value === 0)) return true;
  const locator = locatorOf(syndromes);
  const errors = locator.length - 1;
  if (errors > Math.floor(checks / 2)) return false;
  const product = syndromes.map((_, at) =>
    locator
      .slice(0, at + 1)
      .reduce((sum, term, place) => sum ^ times(term, syndromes[at - place]), 0),
  );
  const slope = locator.map((term, at) => (at % 2 === 1 ? term : 0)).slice(1);
  for (let power = 0; power < block.length; power += 1) {
    const root = POWERS[255 - power];
    if (evaluate(locator, root) !== 0) continue;
    const below = evaluate(slope, root);
    if (below === 0) return false;
    // Forney, with the first root of the generator at 1.
    const value = times(evaluate(product, root), inverse(below));
    block[block.length - 1 - power] ^= times(value, POWERS[power]);
  }
  return syndromesOf().every((value) => value === 0);
}

/**
 * @param {number} version
 * @returns {[number, number][]} row and column of each bit of data, in order
 */
export function placesOf(version) {
  const side = sideOf(version);
  const pattern = patternOf(version);
  const places = [];
  let isUp = true;
  for (let right = side - 1; right > 0; right -= 2) {
    // The column of the timing pattern is left out.
    if (right === 6) right = 5;
    for (let at = 0; at < side; at += 1) {
      const row = isUp ? side - 1 - at : at;
      for (const column of [right, right - 1]) {
        if (!pattern[row * side + column]) places.push([row, column]);
      }
    }
    isUp = !isUp;
  }
  return places;
}

/**
 * @param {number} version @param {string} level
 * @returns {{sizes: number[], checks: number}} data codewords of each block, and check words of all
 */
export function layoutOf(version, level) {
  const total = Math.floor(placesOf(version).length / 8);
  const [checks, count] = [entry(CHECKS, level, version), entry(BLOCKS, level, version)];
  const short = Math.floor(total / count) - checks;
  const isLong = (at) => at >= count - (total % count);
  return { sizes: Array.from({ length: count }, (_, at) => short + (isLong(at) ? 1 : 0)), checks };
}

/**
 * @returns {[number, number][]} block and place in it of each codeword, in the order of a matrix
 */
function orderOf(sizes, checks) {
  const order = [];
  for (let at = 0; at < Math.max(...sizes); at += 1) {
    sizes.forEach((size, own) => at < size && order.push([own, at]));
  }
  for (let at = 0; at < checks; at += 1) sizes.forEach((size, own) => order.push([own, size + at]));
  return order;
}

/**
 * @param {Uint8Array} matrix @param {number} version @param {{level: string, mask: number}} format
 * @returns {Uint8Array | null} the data of all blocks in their order
 */
export function dataOf(matrix, version, { level, mask }) {
  const side = sideOf(version);
  const bits = placesOf(version).map(
    ([row, column]) => matrix[row * side + column] ^ (MASKS[mask](row, column) ? 1 : 0),
  );
  const { sizes, checks } = layoutOf(version, level);
  const blocks = sizes.map((size) => new Uint8Array(size + checks));
  orderOf(sizes, checks).forEach(([own, place], at) => {
    blocks[own][place] = bits.slice(at * 8, at * 8 + 8).reduce((sum, bit) => (sum << 1) | bit, 0);
  });
  if (!blocks.every((block) => correct(block, checks))) return null;
  return concat(...blocks.map((block, own) => block.subarray(0, sizes[own])));
}

/** @param {Uint8Array} data of all blocks @returns {Uint8Array} with their check words, in order */
export function addChecks(data, sizes, checks) {
  let generator = [1];
  for (let power = 0; power < checks; power += 1) {
    // Times x - 2^power, the highest term first.
    generator = [...generator, 0].map(
      (term, at) => term ^ times(generator[at - 1] ?? 0, POWERS[power]),
    );
  }
  let at = 0;
  const blocks = sizes.map((size) => {
    const rest = concat(data.subarray(at, at + size), new Uint8Array(checks));
    for (let place = 0; place < size; place += 1) {
      const factor = rest[place];
      generator.forEach((term, own) => {
        rest[place + own] ^= times(term, factor);
      });
    }
    const block = concat(data.subarray(at, at + size), rest.subarray(size));
    at += size;
    return block;
  });
  return Uint8Array.from(orderOf(sizes, checks), ([own, place]) => blocks[own][place]);
}
