import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { picturesIn, planes } from '../../src-main/images/scan.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { sha256Of } from '../../src-main/system/hashes.ts';
import { copyKinds, copyOf, type CopyKind } from './made-copies.ts';

const data = path.join(import.meta.dirname, '../../../shared/data');

/** Approximate distance of a volume's selected slices, millimetres: neighbours are a separate question (`measure-slices.ts`). */
const APART = 10;
const volumes = [
  { file: 'niivue__FLAIR.nii.gz', every: APART },
  { file: 'niivue__norm.mgz', every: APART },
  { file: 'niivue__inia19-t1-brain.nii.gz', every: 2 * APART },
];

type Source = { scan: string; className: 'positive' | 'negative'; file: string | Buffer };

/** Distinct by their bytes: which of them show one scan is unknown, and not counted. */
async function sources(most: number, seed: number): Promise<Source[]> {
  const found: Source[] = [];
  for (const [set, positive] of [
    ['navoneel', 'yes'],
    ['brain-tumor-dataset', 'Brain Tumor'],
  ] as const)
    for (const name of readdirSync(path.join(data, set)).sort())
      for (const file of readdirSync(path.join(data, set, name)).sort())
        found.push({
          scan: sha256Of(readFileSync(path.join(data, set, name, file))),
          className: name === positive ? 'positive' : 'negative',
          file: path.join(data, set, name, file),
        });
  const random = randomFrom(seed, 'sources');
  const drawn = [...new Map(found.map((one) => [one.scan, one])).values()]
    .map((one) => ({ one, place: random() }))
    .sort((a, b) => a.place - b.place)
    .slice(0, most)
    .map(({ one }) => one);
  for (const { file, every } of volumes)
    for (const plane of planes) {
      let at = 0;
      for await (const { frame, pixels, width, height } of picturesIn(path.join(data, 'nifti', file), file, {
        salt: 'measured',
        plane,
      }))
        if ((at += 1) % every === 0)
          drawn.push({
            scan: `${file} ${frame}`,
            className: drawn.length % 2 ? 'positive' : 'negative',
            file: await sharp(pixels, { raw: { width, height, channels: 3 } })
              .png()
              .toBuffer(),
          });
    }
  return drawn;
}

/** Number of scans drawn in addition to slices of volumes, number of copies of each, and the seed of both. */
export type Making = { scans: number; copies: number; seed: number };

/** A scan, or a copy of it, with an uninformative name. */
export type MadePicture = {
  name: string;
  scan: string;
  /** Null for the scan itself. */
  how: CopyKind | null;
  className: 'positive' | 'negative';
  picture: Buffer;
};

/** Scans of ../shared/data, each followed by altered copies of it. */
export async function* madePictures({ scans, copies, seed }: Making): AsyncGenerator<MadePicture> {
  let made = 0;
  for (const [at, { scan, className, file }] of (await sources(scans, seed)).entries()) {
    const random = randomFrom(seed, `copies of ${scan}`);
    const put = (picture: Buffer, how: CopyKind | null): MadePicture => ({
      name: `${className}/${sha256Of(`${seed} ${made++}`).slice(0, 12)}${picture[0] === 0xff ? '.jpg' : '.png'}`,
      ...{ scan, how, className, picture },
    });
    yield put(await sharp(file).flatten({ background: 'black' }).png().toBuffer(), null);
    for (let copy = 0; copy < copies; copy += 1) {
      const how = copyKinds[(at * copies + copy) % copyKinds.length]!;
      yield put(await copyOf(file, how, random), how);
    }
  }
}
