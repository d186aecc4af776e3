import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { networkNames } from '../../src-main/contract/networks.ts';
import { defaultSettings } from '../../src-main/contract/settings.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { dataset, epoch, metrics, run, split } from '../registry/sample-records.ts';

/** Distinct pictures; the images are links to them, as importing them would take too long. */
const pictures = 200;

/**
 * Creates a home folder with one dataset of many images (`ds-large`), its split (`sp-large`), and an evaluated run of each
 * network with the given number of epochs (`run-large0` …).
 */
export async function largeHome(folder: string, images: number, epochs: number): Promise<string> {
  const home = join(folder, 'home');
  const scans = join(folder, 'scans');
  for (const name of ['yes', 'no', 'drawn']) mkdirSync(join(scans, name), { recursive: true });
  const drawn = await Promise.all(
    Array.from({ length: pictures }, (_, n) => draw(join(scans, 'drawn', `${n}.png`), n)),
  );

  const registry = Registry.open(home);
  registry.datasets.add(
    { ...dataset('ds-large', 'Many scans'), folder: scans, classes: ['no', 'yes'], positive: 'yes' },
    Array.from({ length: images }, (_, n) => {
      const className = n % 3 === 0 ? 'no' : 'yes';
      const file = `${className}/${String(n).padStart(6, '0')}.png`;
      const { path, ...picture } = drawn[(n * 37) % pictures]!;
      linkSync(path, join(scans, file));
      const kept = { ...picture, file, className, format: 'png', width: 256, height: 256, givenPart: null };
      return { ...kept, frame: null, patient: null, facts: null };
    }),
    [],
  );
  const ids = registry.images
    .list('ds-large')
    .map(({ id, className }) => ({ id, label: className === 'yes' ? 1 : 0 }));
  const test = ids.filter((_, n) => n % 500 === 0);
  registry.splits.add(
    split('sp-large', 'ds-large'),
    ids.map(({ id }, n) => ({
      imageId: id,
      part: n % 500 === 0 ? 'test' : n % 10 === 1 ? 'validation' : 'train',
    })),
  );
  networkNames.forEach((network, place) => {
    const id = `run-large${place}`;
    const settings = { ...defaultSettings(network, false, 96), epochs };
    registry.runs.add({ ...run(id, 'sp-large'), network, settings, status: 'done', bestEpoch: epochs - 20 });
    for (let n = 1; n <= epochs; n++) {
      const left = Math.exp(-n / (60 + 40 * place));
      const noise = 0.02 * Math.sin(n * (3 + place));
      registry.epochs.add(id, {
        ...epoch(n),
        trainLoss: 0.08 + 0.6 * left + noise / 2,
        trainAccuracy: 0.99 - 0.4 * left,
        validationLoss: 0.2 + 0.5 * left + noise,
        validationAccuracy: 0.95 - 0.4 * left - noise / 2,
      });
    }
    registry.testPredictions.replace(
      id,
      test.map(({ id: imageId, label }) => ({
        imageId,
        probability: Math.min(1, Math.max(0, 0.25 + 0.5 * label + 0.4 * Math.sin(imageId * (place + 1)))),
      })),
    );
    registry.metrics.put({ ...metrics(id), auc: 0.9 - place / 20 });
  });
  registry.close();
  return home;
}

async function draw(path: string, n: number): Promise<{ path: string; sha256: string; bytes: number }> {
  const skull = `<ellipse cx="128" cy="128" rx="${75 + (n % 30)}" ry="${90 + (n % 25)}" fill="hsl(0 0% ${20 + (n % 50)}%)"/>`;
  const spot = `<circle cx="${90 + (n % 70)}" cy="${80 + ((n * 7) % 90)}" r="${4 + (n % 14)}" fill="#ddd"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256">${skull}${spot}</svg>`;
  const png = await sharp(Buffer.from(svg)).flatten({ background: 'black' }).png().toBuffer();
  writeFileSync(path, png);
  return { path, sha256: createHash('sha256').update(png).digest('hex'), bytes: png.length };
}
