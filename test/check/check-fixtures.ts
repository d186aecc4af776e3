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

/** One of the seven flips and quarter turns that are not the identity. */
const turn: Step = async (picture, random) => {
  const way = 1 + Math.floor(7 * random());
  const flipped = way & 1 ? await through(of(picture).flop()) : picture;
  return through(of(flipped).rotate(90 * (way >> 1)));
};

const angle = (random: Random) => (random() < 0.5 ? -1 : 1) * within(random, 2, 10);

/** In a frame that grows, with black around it. */
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

/** Scales both sides by independent factors, to no less than 64 pixels. */
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

/** Removes up to a tenth of the width and of the height, anywhere. */
const crop: Step = (picture, random) => {
  const kept = (side: number) => Math.ceil(side * (1 - within(random, 0.03, 0.1)));
  const [width, height] = [kept(picture.width), kept(picture.height)];
  const left = Math.floor(random() * (picture.width - width + 1));
  const top = Math.floor(random() * (picture.height - height + 1));
  return through(of(picture).extract({ left, top, width, height }));
};

/** Draws over it, in grey levels. */
const draw = (picture: Grey, svg: string): Promise<Grey> =>
  through(
    of(picture)
      .toColourspace('srgb')
      .composite([
        {
          input: Buffer.from(
            `<svg xmlns="http://www.w3.org/2000/svg" width="${picture.width}" height="${picture.height}">${svg}</svg>`,
          ),
        },
      ]),
  );
const levelOf = (random: Random) => {
  const level = random() < 0.7 ? 255 : Math.round(within(random, 130, 230));
  return `rgb(${level},${level},${level})`;
};
const pick = <T>(random: Random, ...of: T[]): T => of[Math.floor(random() * of.length)]!;

/** A line of one to three pixels along one, some or all edges of the picture. */
const edgeLine: Step = (picture, random) => {
  const { width, height } = picture;
  const thick = pick(random, 1, 1, 2, 3);
  const sides = pick(random, [0], [1], [2], [3], [0, 1], [2, 3], [0, 1, 2, 3], [0, 1, 2, 3]);
  const places = [
    [0, 0, width, thick],
    [0, height - thick, width, thick],
    [0, 0, thick, height],
    [width - thick, 0, thick, height],
  ];
  const colour = levelOf(random);
  return draw(
    picture,
    sides
      .map((side) => places[side]!)
      .map(([x, y, w, h]) => `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${colour}"/>`)
      .join(''),
  );
};

const padded = (picture: Grey, random: Random, level: number): Promise<Grey> => {
  const side = (length: number) => Math.round(length * within(random, 0.02, 0.2));
  const { width, height } = picture;
  return through(
    of(picture).extend({
      left: side(width),
      right: side(width),
      top: side(height),
      bottom: side(height),
      background: { r: level, g: level, b: level },
    }),
  );
};
/** Black, white or grey padding, of different width on each side. */
const padding: Step = (picture, random) =>
  padded(picture, random, pick(random, 0, 0, 255, 255, Math.round(within(random, 40, 220))));

/** A line around it, with black or white outside. */
const frame: Step = async (picture, random) => {
  const { width, height } = picture;
  const thick = pick(random, 1, 2, 3, 4);
  const lined = await draw(
    picture,
    `<rect x="${thick / 2}" y="${thick / 2}" width="${width - thick}" height="${height - thick}" fill="none" stroke="${levelOf(random)}" stroke-width="${thick}"/>`,
  );
  return padded(lined, random, pick(random, 0, 0, 255));
};

/** Beside or below the head, with ticks. */
const scaleBar: Step = (picture, random) => {
  const { width, height } = picture;
  const colour = levelOf(random);
  const thick = Math.max(1, Math.round(Math.min(width, height) * within(random, 0.004, 0.012)));
  const line = (x: number, y: number, w: number, h: number) =>
    `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${w.toFixed(1)}" height="${h.toFixed(1)}" fill="${colour}"/>`;
  const length = within(random, 0.25, 0.6);
  const ticks = Array.from({ length: 11 }, (_, k) => k / 10);
  if (random() < 0.6) {
    const x = width * (random() < 0.5 ? within(random, 0.01, 0.05) : within(random, 0.94, 0.98));
    const top = height * (0.5 - length / 2);
    return draw(
      picture,
      line(x, top, thick, length * height) +
        ticks.map((k) => line(x - 3 * thick, top + k * length * height, 6 * thick, thick)).join(''),
    );
  }
  const y = height * within(random, 0.94, 0.98);
  const left = width * (0.5 - length / 2);
  return draw(
    picture,
    line(left, y, length * width, thick) +
      ticks.map((k) => line(left + k * length * width, y - 3 * thick, thick, 6 * thick)).join(''),
  );
};

/** Text as viewers print it: two to four lines in one to four corners. */
const cornerText: Step = (picture, random) => {
  const { width, height } = picture;
  const colour = levelOf(random);
  const size = Math.max(7, Math.round(Math.min(width, height) * within(random, 0.025, 0.05)));
  const words = [
    'R',
    'L',
    'AX T1',
    'SE 4',
    'IM 12/24',
    'TR 2500',
    'TE 90',
    'W 800 L 400',
    'T2 FLAIR',
    '5.0 mm',
  ];
  const corners = [0, 1, 2, 3].filter(() => random() < 0.6);
  const texts = (corners.length > 0 ? corners : [0]).flatMap((corner) =>
    Array.from({ length: 2 + Math.floor(3 * random()) }, (_, row) => {
      const [right, below] = [corner & 1, corner >> 1];
      const y = below ? height - 4 - row * 1.2 * size : (row + 1) * 1.2 * size;
      return `<text x="${right ? width - 3 : 3}" y="${y}" text-anchor="${right ? 'end' : 'start'}" font-family="sans-serif" font-size="${size}" fill="${colour}">${pick(random, ...words)}</text>`;
    }),
  );
  return draw(picture, texts.join(''));
};

const textOnPadding: Step = async (picture, random) => {
  const white = random() < 0.5;
  const wide = await padded(picture, random, white ? 255 : 0);
  const size = Math.max(8, Math.round(wide.height * within(random, 0.03, 0.06)));
  const y = random() < 0.5 ? 1.1 * size : wide.height - 0.4 * size;
  return draw(
    wide,
    `<text x="${wide.width / 2}" y="${y}" text-anchor="middle" font-family="sans-serif" font-size="${size}" fill="${white ? 'black' : 'white'}">Figure ${1 + Math.floor(9 * random())}: axial T1 with contrast</text>`,
  );
};

/** Removes up to a tenth at each side that has room, as far as a little into the head. */
const tighterCrop: Step = (picture, random) => {
  const { width, height } = picture;
  const off = (side: number) => Math.floor(side * within(random, 0.03, 0.09));
  const [left, top] = [off(width), off(height)];
  return through(
    of(picture).extract({
      left,
      top,
      width: width - left - off(width),
      height: height - top - off(height),
    }),
  );
};

const maybe =
  (step: Step): Step =>
  (picture, random) =>
    random() < 0.5 ? step(picture, random) : picture;
const oneOf =
  (...steps: Step[]): Step =>
  (picture, random) =>
    steps[Math.floor(random() * steps.length)]!(picture, random);

/** The steps that turn a scan into a twin of it. */
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

/** What people and programs add to pictures. */
export const markings: Readonly<Record<string, readonly Step[]>> = {
  'edge line': [edgeLine],
  frame: [frame],
  'scale bar': [scaleBar],
  padding: [padding],
  'corner text': [cornerText],
  'text on padding': [textOnPadding],
  'edge line, re-encoded, resized': [edgeLine, resize, encode],
  'text, turned, re-encoded': [cornerText, turn, encode],
  'tighter crop': [tighterCrop],
};

/**
 * Makes a twin of a scan.
 * @param how a key of `alterations` or `markings`. @param name with `seed` determines the random choices.
 */
export async function altered(scan: Grey, how: string, seed: number, name: string): Promise<Grey> {
  const random = randomFrom(seed, `${how}/${name}`);
  let picture = scan;
  for (const step of (alterations[how] ?? markings[how])!) picture = await step(picture, random);
  return picture;
}

/** uint8 [side, side], stretched to a square as images/grey-square.ts does with a file. */
export async function squareOf({ width, height, pixels }: Grey, side: number): Promise<Uint8Array> {
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .resize(side, side, { fit: 'fill', kernel: 'linear' })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer();
}

/** A file's grey levels, at most 512 pixels per side. */
export const greyOf = async (file: string): Promise<Grey> =>
  through(
    sharp(file)
      .flatten({ background: 'black' })
      .resize(512, 512, { fit: 'inside', withoutEnlargement: true }),
  );
