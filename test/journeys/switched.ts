import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeDemo } from '../../src-main/import/demo-scans.ts';

/**
 * 160 training scans and 30 test scans of each class; two test scans of each class are in the other class's folder.
 * @returns the names of the latter, which tell what they show
 */
export async function laySwitched(folder: string): Promise<string[]> {
  await writeDemo(folder, { perClass: 190, size: 96 });
  const wrong: string[] = [];
  for (const name of ['Tumour', 'Healthy']) {
    for (const part of ['train', 'test']) mkdirSync(path.join(folder, part, name), { recursive: true });
  }
  for (const [name, other] of [
    ['Tumour', 'Healthy'],
    ['Healthy', 'Tumour'],
  ] as const)
    readdirSync(path.join(folder, name))
      .sort()
      .forEach((file, index) => {
        if (index >= 188) wrong.push(file);
        const [part, label] = index < 160 ? ['train', name] : ['test', index < 188 ? name : other];
        renameSync(path.join(folder, name, file), path.join(folder, part, label, file));
      });
  for (const name of ['Tumour', 'Healthy']) rmSync(path.join(folder, name), { recursive: true });
  return wrong;
}
