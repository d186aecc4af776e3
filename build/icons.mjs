import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { repository } from './setup/set-up.mjs';

// node build/run.mjs build/icons.mjs: renders resources/icon.svg as the images that operating systems need, into
// resources/icons. The output is committed: it changes only with the drawing.

/** Sides of the standalone PNGs: for Linux, and for packages. */
export const pictureSides = [256, 512, 1024];
/** Sides in the .ico; Windows uses the one that fits. */
export const windowsSides = [16, 24, 32, 48, 64, 128, 256];
/** Types in the .icns with their sides in pixels, by macOS's names: ic07 is 128 × 128, ic12 is 32 × 32 at 2×. */
export const macKinds = /** @type {const} */ ([
  ['icp4', 16],
  ['icp5', 32],
  ['ic07', 128],
  ['ic08', 256],
  ['ic09', 512],
  ['ic10', 1024],
  ['ic11', 32],
  ['ic12', 64],
  ['ic13', 256],
  ['ic14', 512],
]);

/**
 * The drawing as a square PNG.
 * @param {Buffer} svg
 * @param {number} side pixels
 */
export const picture = (svg, side) =>
  sharp(svg, { density: (72 * side) / 64 })
    .resize(side, side)
    .png({ compressionLevel: 9, palette: true, quality: 100 })
    .toBuffer();

/**
 * A Windows icon of PNGs (supported since Windows Vista): a 6-byte header, a 16-byte entry per image, the images.
 * @param {readonly { side: number, png: Buffer }[]} pictures
 */
export function windowsIcon(pictures) {
  const head = Buffer.alloc(6 + 16 * pictures.length);
  head.writeUInt16LE(1, 2); // an icon, not a cursor
  head.writeUInt16LE(pictures.length, 4);
  let at = head.length;
  for (const [place, { side, png }] of pictures.entries()) {
    const entry = 6 + 16 * place;
    head.writeUInt8(side % 256, entry); // 256 is stored as 0
    head.writeUInt8(side % 256, entry + 1);
    head.writeUInt16LE(1, entry + 4); // colour planes
    head.writeUInt16LE(32, entry + 6); // bits per pixel
    head.writeUInt32LE(png.length, entry + 8);
    head.writeUInt32LE(at, entry + 12);
    at += png.length;
  }
  return Buffer.concat([head, ...pictures.map(({ png }) => png)]);
}

/**
 * A macOS icon: "icns" and the total length, then type, length and PNG of each image.
 * @param {readonly { kind: string, png: Buffer }[]} pictures
 */
export function macIcon(pictures) {
  const parts = pictures.flatMap(({ kind, png }) => [withHeader(kind, png.length), png]);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([withHeader('icns', length), ...parts]);
}

/**
 * @param {string} kind
 * @param {number} length of the data after the header
 */
function withHeader(kind, length) {
  const head = Buffer.alloc(8);
  head.write(kind, 0, 'latin1');
  head.writeUInt32BE(8 + length, 4);
  return head;
}

/** @returns {Promise<Record<string, Buffer>>} file name → content */
export async function icons() {
  const svg = readFileSync(join(repository, 'resources', 'icon.svg'));
  /** @type {Record<string, Buffer>} */
  const files = {};
  for (const side of pictureSides) files[`icon-${side}.png`] = await picture(svg, side);
  files['icon.ico'] = windowsIcon(
    await Promise.all(windowsSides.map(async (side) => ({ side, png: await picture(svg, side) }))),
  );
  files['icon.icns'] = macIcon(
    await Promise.all(macKinds.map(async ([kind, side]) => ({ kind, png: await picture(svg, side) }))),
  );
  return files;
}

if (process.argv[1] === import.meta.filename) {
  const folder = join(repository, 'resources', 'icons');
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(await icons())) {
    writeFileSync(join(folder, name), content);
    console.error(`${name}: ${content.length} bytes`);
  }
}
