import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RESEARCH_USE } from '../contract/answers.ts';
import { FalxError } from '../contract/errors.ts';
import { mapMethodTable, type MapView } from '../contract/maps.ts';
import { overlayPng } from '../images/overlay.ts';
import { mapPicture } from '../statistics/map-picture.ts';
import { systemReason } from '../system/system-reason.ts';

const OPACITY = 0.6;
/** Of the map's picture, pixels: finer than any map. */
const SIDE = 256;

/**
 * Writes a map over the scan as the network saw it, with what it is and that it is for research only.
 * @param pixels uint8 [side, side, 3]. @returns the file.
 * @throws FalxError `disk`.
 */
export async function writeMap(
  folder: string,
  name: string,
  view: MapView,
  pixels: Uint8Array,
  side: number,
): Promise<string> {
  const file = path.join(folder, `${name}.png`);
  const { outside } = view;
  const lines = [
    RESEARCH_USE,
    `${mapMethodTable[view.method].titled}, ${view.label}`,
    // A map that did not stand its test is left out of the picture, and this says so in its place.
    ...(view.test?.passed === false ? ['No evidence: like maps of random weights'] : []),
    ...(outside ? [`Outside the head: ${Math.round(100 * outside.share)} %`] : []),
  ];
  const shown = view.test?.passed === false ? view.values.map(() => 0) : view.values;
  const rgba = mapPicture(shown, view, SIDE);
  const png = await overlayPng(pixels, side, { rgba, side: SIDE }, OPACITY, lines);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(file, png);
  } catch (cause) {
    throw new FalxError('mapsNotWritten', { folder, reason: systemReason(cause) }, { cause });
  }
  return file;
}
