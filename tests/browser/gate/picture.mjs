// Pictures for a reader of codes: PNG files as they are, and codes as a camera sees them.
import { inflateSync } from "node:zlib";

/** Numbers that look drawn at random and are the same each time. */
export function random(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state / 2 ** 32;
  };
}

/** @returns {{width: number, height: number, data: Uint8ClampedArray}} an opaque picture */
export function picture(width, height, greyAt) {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const grey = greyAt(x, y);
      data.fill(grey, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return { width, height, data };
}

/** A PNG of 8 bits of grey, as the program draws it. */
export function readPng(bytes) {
  let [at, header, parts] = [8, null, []];
  while (at < bytes.length) {
    const length = bytes.readUInt32BE(at);
    const kind = bytes.toString("latin1", at + 4, at + 8);
    if (kind === "IHDR") header = bytes.subarray(at + 8, at + 8 + length);
    if (kind === "IDAT") parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (header[8] !== 8 || header[9] !== 0) throw new Error("not 8 bits of grey");
  const raw = inflateSync(Buffer.concat(parts));
  const grey = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (width + 1)];
    for (let x = 0; x < width; x += 1) {
      const left = x > 0 ? grey[y * width + x - 1] : 0;
      const up = y > 0 ? grey[(y - 1) * width + x] : 0;
      const corner = x > 0 && y > 0 ? grey[(y - 1) * width + x - 1] : 0;
      const [dl, du, dc] = [up - corner, left - corner, left + up - 2 * corner].map(Math.abs);
      const paeth = dl <= du && dl <= dc ? left : du <= dc ? up : corner;
      const guess = [0, left, up, (left + up) >> 1, paeth][filter];
      grey[y * width + x] = raw[y * (width + 1) + 1 + x] + guess;
    }
  }
  return picture(width, height, (x, y) => grey[y * width + x]);
}

/**
 * A code as a camera sees it.
 * @param {boolean[][]} code dark modules, without the quiet zone
 * @param {object} how `width`, `height` of the picture; `module` in pixels; `turn` in degrees;
 * `skew` how strongly the far side shrinks; `blur` in pixels; `noise` and `shade` in steps of grey;
 * `dark` and `light` of the code
 */
export function seen(code, how) {
  const { width = 640, height = 640, module = 6, turn = 0, skew = [0, 0] } = how;
  const { blur = 0, noise = 0, shade = 0, dark = 20, light = 235, seed = 1, mirror = false } = how;
  const side = code.length;
  const [cos, sin] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
  const span = side * module;
  const moduleAt = (x, y) => {
    // From the picture back to the code: the plane is turned, and leans away from the camera.
    const [dx, dy] = [x - width / 2, y - height / 2];
    const lean = 1 - (skew[0] * dx + skew[1] * dy) / span;
    const [u, v] = [(cos * dx + sin * dy) / lean, (cos * dy - sin * dx) / lean];
    const column = Math.floor(u / module + side / 2);
    const row = Math.floor(v / module + side / 2);
    if (row < -4 || column < -4 || row >= side + 4 || column >= side + 4) return 128;
    return code[row]?.[mirror ? side - 1 - column : column] ? dark : light;
  };
  const fine = 3;
  let grey = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let sum = 0;
      for (let part = 0; part < fine * fine; part += 1) {
        sum += moduleAt(
          x + ((part % fine) + 0.5) / fine,
          y + (Math.floor(part / fine) + 0.5) / fine,
        );
      }
      grey[y * width + x] = sum / (fine * fine);
    }
  }
  for (const stride of blur > 0 ? [1, width] : [])
    grey = smeared(grey, width, height, stride, blur);
  const drawn = random(seed);
  return picture(width, height, (x, y) => {
    const light = shade * (x / width + (y / height) ** 2 - 1);
    return grey[y * width + x] + light + noise * (drawn() + drawn() + drawn() - 1.5);
  });
}

/** Light spread over so many pixels, as by a lens out of focus. */
function smeared(grey, width, height, stride, blur) {
  const reach = Math.ceil(blur * 2);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, at) =>
    Math.exp(-((at - reach) ** 2) / (2 * blur ** 2)),
  );
  const [size, limit] = stride === 1 ? [1, width] : [width, height];
  return grey.map((_, at) => {
    const place = stride === 1 ? at % width : Math.floor(at / width);
    let [sum, total] = [0, 0];
    for (let step = -reach; step <= reach; step += 1) {
      if (place + step < 0 || place + step >= limit) continue;
      sum += grey[at + step * size] * weights[step + reach];
      total += weights[step + reach];
    }
    return sum / total;
  });
}

/** A film of one picture, for a camera that is none: 4:2:0 without colour. */
export function film({ width, height, data }) {
  const grey = Buffer.alloc(width * height, 0);
  for (let at = 0; at < grey.length; at += 1) grey[at] = data[at * 4];
  const colour = Buffer.alloc((width * height) / 2, 128);
  const frames = Array.from({ length: 5 }, () =>
    Buffer.concat([Buffer.from("FRAME\n"), grey, colour]),
  );
  return Buffer.concat([
    Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`),
    ...frames,
  ]);
}
