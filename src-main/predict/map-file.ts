import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RESEARCH_USE } from '../contract/answers.ts';
import { FalxError } from '../contract/errors.ts';
import type { MapView } from '../contract/maps.ts';
import { message, type Message } from '../contract/messages/catalogue.ts';
import type { Language } from '../contract/messages/languages.ts';
import { say } from '../contract/messages/say.ts';
import { textStrip } from '../documents/text-strip.ts';
import { OVERLAY_SIDE, overlayPng } from '../images/overlay.ts';
import { mapPicture } from '../statistics/map-picture.ts';
import { systemReason } from '../system/system-reason.ts';

const OPACITY = 0.6;
/** Side of the map's picture, pixels: finer than any map. */
const SIDE = 256;

/**
 * Draws a map over the scan as the network saw it, with a caption and the note that it is for research only.
 * @param pixels uint8 [side, side, 3]. @returns the file.
 * @throws FalxError `disk`.
 */
export async function writeMap(
  folder: string,
  name: string,
  view: MapView,
  pixels: Uint8Array,
  side: number,
  language: Language,
): Promise<string> {
  const file = path.join(folder, `${name}.png`);
  const { outside, method, label } = view;
  const lines: Message[] = [
    message('researchUse', {}),
    message('mapPictured', { of: method, label }),
    // A map that failed its test is left out of the picture, which says so instead.
    ...(view.test?.passed === false ? [message('mapPicturedLikeRandom', {})] : []),
    ...(outside ? [message('mapPicturedOutside', { share: outside.share })] : []),
  ];
  const words = lines.map((line) => say(line, { language, shell: 'cli' }));
  const shown = view.test?.passed === false ? view.values.map(() => 0) : view.values;
  const rgba = mapPicture(shown, view, SIDE);
  // A recipient of the picture may not read Korean.
  const strip = textStrip(language === 'en' ? words : [...words, RESEARCH_USE], OVERLAY_SIDE);
  const png = await overlayPng(pixels, side, { rgba, side: SIDE }, OPACITY, strip);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(file, png);
  } catch (cause) {
    throw new FalxError('mapsNotWritten', { folder, reason: systemReason(cause) }, { cause });
  }
  return file;
}
