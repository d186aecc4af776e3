import { parseArgs } from 'node:util';
import { orientations, type Affine } from '../../src-main/check/affine.ts';
import { SQUARE } from '../../src-main/check/head.ts';
import { Pictures } from '../../src-main/check/pictures.ts';
import { findTwins } from '../../src-main/check/twins.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { drawSlice } from '../../src-main/import/phantom.ts';
import { machine, machineLine } from './machine.ts';

const help = `npm run bench:twins -- [SIZES…]

How long finding twins takes among so many pictures, 1000 10000 100000 unless said, and how it grows: four of five
are made-up scans, all different and all of one shape, the fifth is a twin of one of these four: flipped or turned,
rotated, cropped, brighter or darker. Time counts from the pictures' grey squares on, as decoding leaves them.

  --threads N   threads of the search (as many as the machine has)
`;

const SIDE = 80;
const PICTURES_A_TWIN = 5;

interface Figures {
  pictures: number;
  /** Seconds: extracting views from squares, on one thread; the search in wall-clock and processor time. */
  views: number;
  wall: number;
  processor: number;
  compared: number;
  /** Twins in one group with their scan; and pictures grouped with another scan. */
  found: number;
  wrong: number;
  /** Memory of the process after the search, bytes. */
  memory: number;
}

const { values, positionals } = parseArgs({
  options: { help: { type: 'boolean' }, threads: { type: 'string' } },
  allowPositionals: true,
});
if (values.help) process.stdout.write(help);
else await main(positionals.length > 0 ? positionals.map(Number) : [1000, 10_000, 100_000]);

async function main(sizes: number[]): Promise<void> {
  process.stdout.write(`${machineLine(machine())}\n\n`);
  process.stdout.write(
    '| pictures | views | search, wall | search, processor | growth | pairs compared | of all pairs | twins found | wrong | memory |\n' +
      '| --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |\n',
  );
  let before: Figures | undefined;
  for (const size of sizes) {
    const figures = await measure(size);
    process.stdout.write(`${row(figures, before)}\n`);
    before = figures;
  }
  process.stdout.write(
    '\nGrowth: the exponent of pictures that processor time grew by since the row above.\n',
  );
}

async function measure(size: number): Promise<Figures> {
  const pictures = new Pictures();
  const scanOf = (index: number) => (isTwin(index) ? index - 1 - (index % 4) : index);
  let views = 0;
  for (let index = 0; index < size; index += 1) {
    const scan = squareOf(drawSlice(SIDE, 3, `scan ${scanOf(index)}`, scanOf(index) % 2 === 0));
    const square = isTwin(index) ? twinOf(scan, index) : scan;
    const began = process.cpuUsage();
    pictures.add(index, String(index), square);
    views += secondsSince(began);
  }
  const [began, clock] = [process.cpuUsage(), performance.now()];
  const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
  const { groups, compared } = await findTwins(pictures, threads);
  const [wall, processor] = [(performance.now() - clock) / 1000, secondsSince(began)];
  const groupOf = new Map<number, number>();
  let wrong = 0;
  groups.forEach(({ first, others }, group) => {
    for (const id of [first, ...others.map(({ id }) => id)]) groupOf.set(id, group);
    wrong += others.filter(({ id }) => scanOf(id) !== scanOf(first)).length;
  });
  let [twins, found] = [0, 0];
  for (let index = PICTURES_A_TWIN - 1; index < size; index += PICTURES_A_TWIN) {
    twins += 1;
    if (groupOf.has(index) && groupOf.get(index) === groupOf.get(scanOf(index))) found += 1;
  }
  return {
    pictures: size,
    views,
    wall,
    processor,
    compared,
    found: found / twins,
    wrong,
    memory: process.memoryUsage.rss(),
  };
}

function isTwin(index: number): boolean {
  return index % PICTURES_A_TWIN === PICTURES_A_TWIN - 1;
}

/** For the whole process, including threads. */
function secondsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

function squareOf(grey: Uint8Array): Uint8Array {
  return resample(grey, SIDE, [1, 0, 0, 0, 1, 0], (value) => value);
}

function twinOf(scan: Uint8Array, index: number): Uint8Array {
  const random = randomFrom(index, 'twin');
  const within = (low: number, high: number) => low + (high - low) * random();
  const [p, q, , s, t] = orientations[Math.floor(8 * random())]!;
  const angle = (within(-10, 10) * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const [width, height] = [within(0.9, 1), within(0.9, 1)];
  const [x, y] = [within(width - 1, 1 - width), within(height - 1, 1 - height)];
  const [contrast, brightness] = [within(0.7, 1.2), within(-15, 30)];
  return resample(
    scan,
    SQUARE,
    [
      width * (cosine * p + sine * s),
      width * (cosine * q + sine * t),
      x,
      height * (-sine * p + cosine * s),
      height * (-sine * q + cosine * t),
      y,
    ],
    (value) => 128 + contrast * (value - 128) + brightness,
  );
}

/** A square whose point (x, y), −1 to 1, is the mapped point of another; black beyond its edge. */
function resample(
  from: Uint8Array,
  side: number,
  [a, b, c, d, e, f]: Affine,
  level: (value: number) => number,
): Uint8Array {
  const square = new Uint8ClampedArray(SQUARE * SQUARE);
  for (let row = 0, to = 0; row < SQUARE; row += 1)
    for (let column = 0; column < SQUARE; column += 1, to += 1) {
      const x = (2 * column + 1) / SQUARE - 1;
      const y = (2 * row + 1) / SQUARE - 1;
      const u = ((a * x + b * y + c + 1) * side) / 2 - 0.5;
      const v = ((d * x + e * y + f + 1) * side) / 2 - 0.5;
      if (u < -0.5 || v < -0.5 || u > side - 0.5 || v > side - 0.5) continue;
      const left = Math.max(0, Math.min(side - 2, Math.floor(u)));
      const top = Math.max(0, Math.min(side - 2, Math.floor(v)));
      const right = Math.max(0, Math.min(1, u - left));
      const below = Math.max(0, Math.min(1, v - top));
      const at = top * side + left;
      const upper = from[at]! + right * (from[at + 1]! - from[at]!);
      const lower = from[at + side]! + right * (from[at + side + 1]! - from[at + side]!);
      square[to] = level(upper + below * (lower - upper));
    }
  return new Uint8Array(square.buffer);
}

function row(figures: Figures, before: Figures | undefined): string {
  const { pictures, views, wall, processor, compared, found, wrong, memory } = figures;
  const growth = before
    ? (Math.log(processor / before.processor) / Math.log(pictures / before.pictures)).toFixed(2)
    : '–';
  const share = (200 * compared) / (pictures * (pictures - 1));
  const cells = [
    pictures.toLocaleString('en'),
    `${views.toFixed(1)} s`,
    `${wall.toFixed(1)} s`,
    `${processor.toFixed(1)} s`,
    growth,
    compared.toLocaleString('en'),
    `${share.toFixed(3)} %`,
    `${(100 * found).toFixed(2)} %`,
    String(wrong),
    `${(memory / 1e9).toFixed(2)} GB`,
  ];
  return `| ${cells.join(' | ')} |`;
}
