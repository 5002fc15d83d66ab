// Where a scanned text comes from: the camera, or a picture that somebody chose.
//
// Invariant: a code that stays before the camera is told once; pictures live as long as it takes to
// look at them, and go nowhere. Refuses, by `null`: files that are no picture or too large,
// pictures without a code, or with more than one.

import { readQr } from "./qr.js";

/** The most bytes and pixels a side of a chosen picture, and how large it is looked at. */
const PICTURE_BYTES_MAX = 32 << 20;
const PICTURE_SIDE_MAX = 8000;
const LOOK_SIDE_MAX = 2000;
/** How large the middle of a camera's picture is looked at, and how long between two looks. */
const FRAME_SIDE_MAX = 720;
const PAUSE_MS = 120;
/** For how long a code has to be away before it is a new one. */
const AWAY_MS = 3000;

let detector;

/** @returns {Promise<object | null>} the browser's own reader, if it has one for these codes */
async function browsersReader() {
  if (detector !== undefined) return detector;
  const Reader = globalThis.BarcodeDetector;
  const formats = await Promise.resolve(Reader?.getSupportedFormats?.()).catch(() => []);
  detector = formats?.includes("qr_code") ? new Reader({ formats: ["qr_code"] }) : null;
  return detector;
}

/** @returns {Promise<string | null>} what the browser reads, if it reads one code */
async function readByBrowser(canvas) {
  const found = await (await browsersReader())?.detect(canvas).catch(() => []);
  const texts = new Set(found?.map(({ rawValue }) => rawValue));
  return texts.size === 1 ? [...texts][0] : null;
}

/** @returns {Promise<string | null>} */
async function textOf(source, [x, y, width, height], sideMax, isQuick) {
  const share = Math.min(1, sideMax / Math.max(width, height));
  const [columns, rows] = [width, height].map((side) => Math.max(1, Math.round(side * share)));
  const canvas = new OffscreenCanvas(columns, rows);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, x, y, width, height, 0, 0, columns, rows);
  const text = await readByBrowser(canvas);
  return text ?? readQr(context.getImageData(0, 0, columns, rows), { isQuick });
}

/** @param {Blob} file @returns {Promise<string | null>} the text of the one code in a picture */
export async function textOfPicture(file) {
  if (file.size > PICTURE_BYTES_MAX) return null;
  const image = await createImageBitmap(file).catch(() => null);
  if (image === null) return null;
  const { width, height } = image;
  try {
    if (Math.max(width, height) > PICTURE_SIDE_MAX) return null;
    return await textOf(image, [0, 0, width, height], LOOK_SIDE_MAX, false);
  } finally {
    image.close();
  }
}

/** @param {HTMLVideoElement} video @returns {Promise<string | null>} the text in its middle now */
function textOfFrame(video) {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0 || height === 0) return Promise.resolve(null);
  const side = Math.min(width, height);
  return textOf(video, [(width - side) / 2, (height - side) / 2, side, side], FRAME_SIDE_MAX, true);
}

/**
 * Watches the camera until it is stopped. Rejects where there is none or it is not allowed.
 * @param {HTMLVideoElement} video shows what the camera sees
 * @param {(text: string) => void} onText each code once, while it stays in sight
 * @returns {Promise<() => void>} stops it
 */
export async function watchCamera(video, onText) {
  const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  let isWatched = true;
  let [last, lastMs] = [null, 0];
  const look = async () => {
    const text = await textOfFrame(video).catch(() => null);
    if (!isWatched) return;
    const now = performance.now();
    const isNew = text !== null && (text !== last || now - lastMs > AWAY_MS);
    if (text !== null) [last, lastMs] = [text, now];
    if (isNew) onText(text);
    setTimeout(look, PAUSE_MS);
  };
  video.srcObject = stream;
  await video.play();
  look();
  return () => {
    isWatched = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
}
