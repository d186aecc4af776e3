import { copyFileSync, mkdirSync, readdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { writeDemo } from '../../src-main/import/demo-scans.ts';

/** The planted twins, as paths relative to the folder: the scan, and its twin. */
export type Planted = { scan: string; twin: string }[];

/**
 * Synthetic scans with twins among them: mirrored, brightened, re-encoded, an identical file, one rotated by 180° with
 * the other label; and an unreadable file, `Healthy/torn.png`.
 * @param more scans of each class that get up to three further twins each. @param parts divides them into train and test folders, with the twins of training scans in test.
 */
export async function plantTwins(
  folder: string,
  { perClass = 16, more = 0, parts = false } = {},
): Promise<Planted> {
  await writeDemo(folder, { perClass, size: 128 });
  const [tumours, healthy] = ['Tumour', 'Healthy'].map((name) =>
    readdirSync(path.join(folder, name))
      .sort()
      .map((file) => `${name}/${file}`),
  ) as [string[], string[]];
  const at = (file: string) => path.join(folder, file);
  const planted: Planted = [];
  const plant = async (scan: string, twin: string, make: (picture: Sharp) => Sharp) => {
    await make(sharp(at(scan))).toFile(at(twin));
    planted.push({ scan, twin });
  };
  await plant(tumours[0]!, 'Tumour/mirrored.png', (picture) => picture.flop());
  await plant(tumours[1]!, 'Tumour/brightened.png', (picture) => picture.linear(1.15, 12));
  await plant(tumours[2]!, 'Tumour/encoded.jpg', (picture) => picture.jpeg({ quality: 80 }));
  await plant(healthy[0]!, 'Healthy/mirrored.png', (picture) => picture.flop());
  await plant(tumours[3]!, 'Healthy/other-label.png', (picture) => picture.rotate(180));
  for (const scans of [tumours, healthy])
    for (const [index, scan] of scans.slice(4, 4 + more).entries()) {
      const name = (ending: string) => scan.replace('.png', ending);
      await plant(scan, name('-a.jpg'), (picture) =>
        picture.linear(1 + 0.01 * index, 8).jpeg({ quality: 70 }),
      );
      if (index % 2 === 0)
        await plant(scan, name('-b.png'), (picture) => picture.rotate(90 * (1 + (index % 3))));
      if (index % 3 === 0)
        await plant(scan, name('-c.png'), (picture) => picture.flop().rotate(6, { background: '#000' }));
    }
  copyFileSync(at(healthy[1]!), at('Healthy/same.png'));
  planted.push({ scan: healthy[1]!, twin: 'Healthy/same.png' });
  if (parts) layInParts(folder, planted);
  writeFileSync(at(parts ? 'train/Healthy/torn.png' : 'Healthy/torn.png'), 'no picture');
  return planted;
}

/** Moves one scan in four, and all twins, to test. */
function layInParts(folder: string, planted: Planted): void {
  const twins = new Set(planted.map(({ twin }) => twin));
  const scans = new Set(planted.map(({ scan }) => scan));
  for (const name of ['Tumour', 'Healthy']) {
    for (const part of ['train', 'test']) mkdirSync(path.join(folder, part, name), { recursive: true });
    readdirSync(path.join(folder, name))
      .sort()
      .forEach((file, index) => {
        const own = `${name}/${file}`;
        const test = twins.has(own) || (index % 4 === 0 && !scans.has(own));
        renameSync(path.join(folder, own), path.join(folder, test ? 'test' : 'train', own));
      });
  }
  for (const name of ['Tumour', 'Healthy']) rmdirSync(path.join(folder, name));
}
