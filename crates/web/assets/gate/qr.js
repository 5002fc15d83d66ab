// Reads a QR code (ISO/IEC 18004) from a picture: turned, mildly skewed, unevenly lit.
//
// Invariant: a text comes out only where Reed–Solomon holds for every block; the work is bounded by
// the size of the picture and the limits here. Refuses, by `null`: a picture without a code, with a
// code too spoilt or too small, or with more than one text in it, between which nobody guesses.

import { dataOf } from "./qr-blocks.js";
import { findersOf, threesOf } from "./qr-find.js";
import { greyOf, reliefOf, softened } from "./qr-image.js";
import { moduleDepth, shapesOf } from "./qr-plane.js";
import { readFormat, sideOf } from "./qr-shape.js";
import { textOf } from "./qr-text.js";

/** How a picture is looked at, one after the other until a code is read. */
const LOOKS = [
  { sideMax: 1000, isSoft: false, share: 1 / 12, bias: 0.06 },
  { sideMax: 1000, isSoft: true, share: 1 / 12, bias: 0.04 },
  { sideMax: 1000, isSoft: true, share: 1 / 40, bias: 0.02 },
  { sideMax: 500, isSoft: true, share: 1 / 16, bias: 0.04 },
  { sideMax: 2000, isSoft: false, share: 1 / 16, bias: 0.06 },
];
/** How many of them a picture of a camera gets, which is followed by the next. */
const LOOKS_QUICK = 2;

/** @returns {string | null} the text of a matrix, or of its mirror image */
function read(matrix, version) {
  const side = sideOf(version);
  const mirrored = matrix.map((_, at) => matrix[(at % side) * side + Math.floor(at / side)]);
  for (const seen of [matrix, mirrored]) {
    const format = readFormat(seen, side);
    const data = format && dataOf(seen, version, format);
    const text = data && textOf(data, version);
    if (text) return text;
  }
  return null;
}

/** @returns {string | null} the text of the code at these finders */
function readAt(relief, three) {
  for (const { version, plane } of shapesOf(relief, three)) {
    const side = sideOf(version);
    const matrix = new Uint8Array(side * side);
    matrix.forEach((_, at) => {
      matrix[at] = moduleDepth(relief, plane, Math.floor(at / side), at % side) > 0 ? 1 : 0;
    });
    const text = read(matrix, version);
    if (text !== null) return text;
  }
  return null;
}

/** @param {import("./qr-image.js").Relief} relief @returns {Set<string>} the texts of all codes */
function readAll(relief) {
  const [texts, used] = [new Set(), new Set()];
  for (const three of threesOf(findersOf(relief))) {
    const finders = Object.values(three);
    // A finder belongs to one code.
    if (finders.some((finder) => used.has(finder))) continue;
    const text = readAt(relief, three);
    if (text === null) continue;
    texts.add(text);
    finders.forEach((finder) => used.add(finder));
  }
  return texts;
}

/**
 * The text of the one code in a picture.
 * @param {{width: number, height: number, data: Uint8ClampedArray}} image an `ImageData`
 * @param {{isQuick?: boolean}} how quick for a camera, whose next picture may be better
 * @returns {string | null}
 */
export function readQr(image, { isQuick = false } = {}) {
  for (const { sideMax, isSoft, share, bias } of LOOKS.slice(
    0,
    isQuick ? LOOKS_QUICK : undefined,
  )) {
    const sharp = greyOf(image, sideMax);
    if (sharp === null) return null;
    const grey = isSoft ? softened(sharp) : sharp;
    const radius = Math.max(4, Math.round(Math.max(grey.width, grey.height) * share));
    const texts = readAll(reliefOf(grey, radius, bias));
    if (texts.size > 0) return texts.size === 1 ? [...texts][0] : null;
  }
  return null;
}
