import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { checkDataset } from '../../src-main/check/check-handlers.ts';
import { shuffled, randomFrom } from '../../src-main/statistics/random.ts';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';

const help = `node build/run.mjs test/check/sample-pairs.ts FOLDER OUT

Imports and checks a folder, draws pairs of images that the check takes for one scan, and writes them side by side to
pages OUT/pairs-1.png …, for the eye, and OUT/pairs.txt, which names them row by row. Byte for byte the same are left out.

  --pairs N       [50]
  --seed N        [1]
  --weakest       those with the weakest detail instead of a random draw
  --home DIR      home to import into, kept [OUT/home]
`;

const { values, positionals } = parseArgs({
  options: {
    help: { type: 'boolean' },
    pairs: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    weakest: { type: 'boolean', default: false },
    home: { type: 'string' },
  },
  allowPositionals: true,
});
const [folder, out] = positionals;

/** Side of a picture's tile in pixels; pairs per row, rows per page. */
const [TILE, ACROSS, DOWN] = [240, 4, 5];

async function main(from: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  const registry = Registry.open(values.home ?? path.join(to, 'home'));
  try {
    const { dataset } = await importFolder({ registry, folder: from });
    const checked = await checkDataset({ registry, datasetId: dataset.id });
    const files = new Map(registry.images.list(dataset.id).map(({ id, file }) => [id, file]));
    const near = registry.checks.links(dataset.id).filter(({ change }) => change !== null);
    const order = values.weakest
      ? [...near.keys()].sort((a, b) => near[a]!.detail - near[b]!.detail)
      : shuffled(near.length, randomFrom(Number(values.seed), 'pairs'));
    const pairs = order.slice(0, Number(values.pairs)).map((index) => near[index]!);
    const lines = pairs.map(
      ({ firstId, otherId, correlation, detail }) =>
        `${files.get(firstId)} | ${files.get(otherId)} | ${correlation.toFixed(2)} | ${detail.toFixed(2)}`,
    );
    writeFileSync(path.join(to, 'pairs.txt'), `${lines.join('\n')}\n`);
    for (let page = 0; page * ACROSS * DOWN < pairs.length; page += 1) {
      const shown = pairs.slice(page * ACROSS * DOWN, (page + 1) * ACROSS * DOWN);
      await draw(
        shown.map(({ firstId, otherId }) => [firstId, otherId].map((id) => path.join(from, files.get(id)!))),
        path.join(to, `pairs-${page + 1}.png`),
      );
    }
    process.stdout.write(`${checked.images} images, ${near.length} near pairs, ${pairs.length} drawn\n`);
  } finally {
    registry.close();
  }
}

async function draw(pairs: string[][], page: string): Promise<void> {
  const tiles = await Promise.all(
    pairs.flatMap((pair, index) =>
      pair.map(async (file, side) => ({
        input: await sharp(file)
          .flatten({ background: 'black' })
          .resize(TILE, TILE, { fit: 'contain', background: 'black' })
          .png()
          .toBuffer(),
        left: (index % ACROSS) * (2 * TILE + 12) + side * TILE,
        top: Math.floor(index / ACROSS) * (TILE + 12),
      })),
    ),
  );
  const [width, height] = [ACROSS * (2 * TILE + 12), Math.ceil(pairs.length / ACROSS) * (TILE + 12)];
  await sharp({ create: { width, height, channels: 3, background: '#404060' } })
    .composite(tiles)
    .png()
    .toFile(page);
}

if (values.help || folder === undefined || out === undefined) process.stdout.write(help);
else await main(path.resolve(folder), path.resolve(out));
