import sharp, { type Sharp } from 'sharp';

/*
 * Copies of pictures as people and programs make them, drawn differently from and at least as strongly as those that the search
 * for twins was developed with (`test/check/check-fixtures.ts`): other shapes, fonts, positions and ranges.
 */

type Random = () => number;
type Picture = { width: number; height: number; png: Buffer };
type Step = (picture: Picture, random: Random) => Promise<Picture>;

const within = (random: Random, low: number, high: number) => low + (high - low) * random();
const pick = <T>(random: Random, ...of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
const grey = (level: number) => `rgb(${level},${level},${level})`;
const anyGrey = (random: Random, low: number) => grey(Math.round(within(random, low, 255)));

async function pictureOf(image: Sharp): Promise<Picture> {
  const { data, info } = await image.png({ compressionLevel: 1 }).toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, png: data };
}

const draw = ({ width, height, png }: Picture, svg: string): Promise<Picture> =>
  pictureOf(
    sharp(png).composite([
      {
        input: Buffer.from(
          `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${svg}</svg>`,
        ),
      },
    ]),
  );

const rect = (x: number, y: number, width: number, height: number, fill: string) =>
  `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="${fill}"/>`;

/** One to four pixels thick along one to four edges, at the edge or slightly inside. */
const edgeLine: Step = (picture, random) => {
  const { width, height } = picture;
  const [thick, inset] = [pick(random, 1, 1, 2, 3, 4), pick(random, 0, 0, 0, 1, 2, 3)];
  const colour = anyGrey(random, 100);
  const sides = [
    rect(inset, inset, width - 2 * inset, thick, colour),
    rect(inset, height - inset - thick, width - 2 * inset, thick, colour),
    rect(inset, inset, thick, height - 2 * inset, colour),
    rect(width - inset - thick, inset, thick, height - 2 * inset, colour),
  ];
  const least = Math.floor(4 * random());
  return draw(picture, sides.filter((_, side) => side === least || random() < 0.4).join(''));
};

/** Black, white or grey; sometimes above and below only. */
const padded = ({ width, height, png }: Picture, random: Random, level: number): Promise<Picture> => {
  const side = (length: number) => Math.round(length * within(random, 0.01, 0.3));
  const across = random() < 0.75;
  return pictureOf(
    sharp(png).extend({
      left: across ? side(width) : 0,
      right: across ? side(width) : 0,
      top: side(height),
      bottom: side(height),
      background: { r: level, g: level, b: level },
    }),
  );
};
const padding: Step = (picture, random) =>
  padded(picture, random, pick(random, 0, 255, Math.round(within(random, 20, 240))));

/** One or two lines, square or rounded, with or without something outside. */
const frame: Step = async (picture, random) => {
  const { width, height } = picture;
  const [colour, round] = [anyGrey(random, 110), pick(random, 0, 0, 0.04)];
  const line = (inset: number, thick: number) =>
    `<rect x="${inset}" y="${inset}" width="${width - 2 * inset}" height="${height - 2 * inset}" rx="${round * width}" fill="none" stroke="${colour}" stroke-width="${thick}"/>`;
  const thick = pick(random, 1, 2, 3, 5, 6);
  const inner = random() < 0.3 ? line(2 * thick + 2, 1) : '';
  const lined = await draw(picture, line(thick / 2, thick) + inner);
  return random() < 0.7 ? padded(lined, random, pick(random, 0, 255, 40, 200)) : lined;
};

/** A block or a ruler at the left, right or bottom, with or without its length. */
const scaleBar: Step = (picture, random) => {
  const { width, height } = picture;
  const colour = anyGrey(random, 140);
  const thick = Math.max(1, Math.min(width, height) * within(random, 0.003, 0.02));
  const length = within(random, 0.1, 0.7);
  const ticks = random() < 0.6 ? Array.from({ length: 6 }, (_, k) => k / 5) : [];
  const label = (x: number, y: number) =>
    random() < 0.5
      ? `<text x="${x}" y="${y}" font-family="monospace" font-size="${Math.max(7, 0.035 * height)}" fill="${colour}">${pick(random, '5 cm', '10cm', '50 mm')}</text>`
      : '';
  if (random() < 0.55) {
    const x = width * pick(random, within(random, 0.005, 0.05), within(random, 0.93, 0.985));
    const top = height * within(random, 0.1, 0.9 - length);
    return draw(
      picture,
      rect(x, top, thick, length * height, colour) +
        ticks.map((k) => rect(x - 2 * thick, top + k * length * height, 5 * thick, thick, colour)).join('') +
        label(x < width / 2 ? x + 6 : x - 0.14 * width, top - 3),
    );
  }
  const [y, left] = [height * within(random, 0.93, 0.985), width * within(random, 0.05, 0.95 - length)];
  return draw(
    picture,
    rect(left, y, length * width, thick, colour) +
      ticks.map((k) => rect(left + k * length * width, y - 2 * thick, thick, 5 * thick, colour)).join('') +
      label(left, y - 4),
  );
};

const lines = [
  ...['Doe^Jane 52Y F', '2019-04-11 10:32', 'Se: 5/9', 'Im: 17/28', 'Ax FLAIR fs', 'SIEMENS Skyra'],
  ...['FOV 230', 'ST 4.0 mm', 'W 1240 : L 560', 'A', 'H', 'P', 'ETL: 16', 'T1 SE +C', 'Zoom 158%'],
];

/** One to five lines in one to four corners, sans-serif, serif or monospaced. */
const cornerText: Step = (picture, random) => {
  const { width, height } = picture;
  const size = Math.max(7, Math.round(Math.min(width, height) * within(random, 0.02, 0.065)));
  const [font, colour] = [pick(random, 'sans-serif', 'serif', 'monospace'), anyGrey(random, 120)];
  const first = Math.floor(4 * random());
  const texts = [0, 1, 2, 3]
    .filter((corner) => corner === first || random() < 0.45)
    .flatMap((corner) =>
      Array.from({ length: 1 + Math.floor(5 * random()) }, (_, row) => {
        const [right, below] = [corner & 1, corner >> 1];
        const y = below ? height - 3 - row * 1.15 * size : (row + 1) * 1.15 * size;
        return `<text x="${right ? width - 2 : 2}" y="${y}" text-anchor="${right ? 'end' : 'start'}" font-family="${font}" font-size="${size}" fill="${colour}">${pick(random, ...lines)}</text>`;
      }),
    );
  return draw(picture, texts.join(''));
};

/** A caption below or above the picture. */
const textOnPadding: Step = async (picture, random) => {
  const level = pick(random, 0, 255, 230);
  const wide = await padded(picture, random, level);
  const size = Math.max(8, Math.round(wide.height * within(random, 0.025, 0.055)));
  const y = pick(random, 1.1 * size, wide.height - 0.5 * size);
  const words = `${pick(random, 'Fig.', 'Case', 'Patient')} ${1 + Math.floor(40 * random())}${pick(random, 'a', 'B', '')}  ${pick(random, ...lines)}`;
  return draw(
    wide,
    `<text x="${wide.width * pick(random, 0.05, 0.3)}" y="${y}" font-family="${pick(random, 'serif', 'sans-serif')}" font-size="${size}" fill="${level < 128 ? 'white' : 'black'}">${words}</text>`,
  );
};

/** Removes from each side as much as was observed before. */
const tighterCrop: Step = ({ width, height, png }, random) => {
  const off = (side: number) => Math.floor(side * within(random, 0.02, 0.09));
  const [left, top, right, bottom] = [off(width), off(height), off(width), off(height)];
  return pictureOf(
    sharp(png).extract({ left, top, width: width - left - right, height: height - top - bottom }),
  );
};

const saved: Step = async ({ width, height, png }, random) => {
  const factor = within(random, 0.5, 1.3);
  const small = sharp(png).resize(
    Math.max(72, Math.round(width * factor)),
    Math.max(72, Math.round(height * factor)),
    {
      fit: 'fill',
      kernel: pick(random, 'cubic', 'lanczos3', 'linear'),
    },
  );
  return pictureOf(sharp(await small.jpeg({ quality: Math.round(within(random, 15, 60)) }).toBuffer()));
};

export const copies = {
  'edge line': [edgeLine],
  frame: [frame],
  'scale bar': [scaleBar],
  padding: [padding],
  'corner text': [cornerText],
  'text on padding': [textOnPadding],
  'tighter crop': [tighterCrop],
  'saved again as JPEG, resized': [saved],
  'corner text, saved again': [cornerText, saved],
} as const satisfies Record<string, readonly Step[]>;
export type CopyKind = keyof typeof copies;
export const copyKinds = Object.keys(copies) as CopyKind[];

/** A copy of a picture as a file: PNG, or a high-quality JPEG. @param from a path, or a picture's file. */
export async function copyOf(from: string | Buffer, how: CopyKind, random: Random): Promise<Buffer> {
  let picture = await pictureOf(
    sharp(from)
      .flatten({ background: 'black' })
      .toColourspace('srgb')
      .resize(512, 512, { fit: 'inside', withoutEnlargement: true }),
  );
  for (const step of copies[how]) picture = await step(picture, random);
  return random() < 0.5
    ? picture.png
    : sharp(picture.png)
        .jpeg({ quality: Math.round(within(random, 75, 95)) })
        .toBuffer();
}
