import sharp from 'sharp';
import { randomFrom } from '../../src-main/statistics/random.ts';

/** A picture to be altered: grey levels, uint8 [height, width]. */
export interface Grey {
  width: number;
  height: number;
  pixels: Uint8Array;
}

type Random = () => number;
type Step = (picture: Grey, random: Random) => Grey | Promise<Grey>;

const of = ({ width, height, pixels }: Grey) => sharp(pixels, { raw: { width, height, channels: 1 } });

async function through(picture: ReturnType<typeof of>): Promise<Grey> {
  const { data, info } = await picture
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, pixels: data };
}

const within = (random: Random, low: number, high: number) => low + (high - low) * random();
const levels = (picture: Grey, level: (value: number) => number): Grey => ({
  ...picture,
  pixels: Uint8ClampedArray.from(picture.pixels, level) as unknown as Uint8Array,
});

/** One of the seven flips and quarter turns that change anything. */
const turn: Step = async (picture, random) => {
  const way = 1 + Math.floor(7 * random());
  const flipped = way & 1 ? await through(of(picture).flop()) : picture;
  return through(of(flipped).rotate(90 * (way >> 1)));
};

const angle = (random: Random) => (random() < 0.5 ? -1 : 1) * within(random, 2, 10);

/** In a frame that grows, black around it. */
const rotateGrown: Step = (picture, random) =>
  through(of(picture).rotate(angle(random), { background: 'black' }));

/** In the same frame, which cuts the corners off. */
const rotateInFrame: Step = async (picture, random) => {
  const grown = await rotateGrown(picture, random);
  const { width, height } = picture;
  const [left, top] = [(grown.width - width) >> 1, (grown.height - height) >> 1];
  return through(of(grown).extract({ left, top, width, height }));
};

const brighten: Step = (picture, random) => {
  const by = (random() < 0.3 ? -1 : 1) * within(random, 10, 45);
  return levels(picture, (value) => value + by);
};
const scaleLevels: Step = (picture, random) => {
  const by = within(random, 0.65, 1.35);
  return levels(picture, (value) => by * value);
};
const contrast: Step = (picture, random) => {
  const by = within(random, 0.6, 1.5);
  return levels(picture, (value) => 128 + by * (value - 128));
};

/** Both sides by factors of their own, down to no less than 64 pixels. */
const resize: Step = (picture, random) => {
  const factor = within(random, 0.45, 1.5);
  const scaled = (side: number) => Math.max(64, Math.round(side * factor * within(random, 0.9, 1.1)));
  return through(of(picture).resize(scaled(picture.width), scaled(picture.height), { fit: 'fill' }));
};

const encode: Step = async (picture, random) =>
  through(
    sharp(
      await of(picture)
        .jpeg({ quality: Math.round(within(random, 35, 95)) })
        .toBuffer(),
    ),
  );

/** Up to a tenth off the width and off the height, wherever. */
const crop: Step = (picture, random) => {
  const kept = (side: number) => Math.ceil(side * (1 - within(random, 0.03, 0.1)));
  const [width, height] = [kept(picture.width), kept(picture.height)];
  const left = Math.floor(random() * (picture.width - width + 1));
  const top = Math.floor(random() * (picture.height - height + 1));
  return through(of(picture).extract({ left, top, width, height }));
};

const maybe =
  (step: Step): Step =>
  (picture, random) =>
    random() < 0.5 ? step(picture, random) : picture;
const oneOf =
  (...steps: Step[]): Step =>
  (picture, random) =>
    steps[Math.floor(random() * steps.length)]!(picture, random);

/** What is done to a scan to make a twin of it, step after step. */
export const alterations: Readonly<Record<string, readonly Step[]>> = {
  'flipped or turned': [turn],
  'rotated ≤ 10°, frame grown': [rotateGrown],
  'rotated ≤ 10°, corners cut': [rotateInFrame],
  'brighter or darker': [brighten],
  'levels scaled': [scaleLevels],
  contrast: [contrast],
  resized: [resize],
  're-encoded': [encode],
  'cropped ≤ 10 %': [crop],
  'turned, rotated, resized, re-encoded': [turn, oneOf(rotateGrown, rotateInFrame), resize, encode],
  'cropped, brighter, contrast, re-encoded': [crop, brighten, contrast, encode],
  'all, geometry first': [
    maybe(turn),
    maybe(oneOf(rotateGrown, rotateInFrame)),
    maybe(crop),
    maybe(resize),
    maybe(oneOf(brighten, scaleLevels)),
    maybe(contrast),
    encode,
  ],
  'all, levels first': [
    maybe(contrast),
    maybe(oneOf(brighten, scaleLevels)),
    maybe(crop),
    maybe(turn),
    maybe(oneOf(rotateGrown, rotateInFrame)),
    maybe(resize),
    encode,
  ],
};

/**
 * Makes a twin of a scan.
 * @param how a key of `alterations`. @param name with `seed` decides what is drawn.
 */
export async function altered(scan: Grey, how: string, seed: number, name: string): Promise<Grey> {
  const random = randomFrom(seed, `${how}/${name}`);
  let picture = scan;
  for (const step of alterations[how]!) picture = await step(picture, random);
  return picture;
}

/** uint8 [side, side], both axes fitted, as images/grey-square.ts makes it of a file. */
export async function squareOf({ width, height, pixels }: Grey, side: number): Promise<Uint8Array> {
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .resize(side, side, { fit: 'fill', kernel: 'linear' })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer();
}

/** A file's grey levels, at most 512 pixels a side. */
export const greyOf = async (file: string): Promise<Grey> =>
  through(
    sharp(file)
      .flatten({ background: 'black' })
      .resize(512, 512, { fit: 'inside', withoutEnlargement: true }),
  );
