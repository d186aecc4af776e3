import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeDemo } from '../../src-main/import/demo-scans.ts';

/**
 * 160 scans to learn from and 30 to be evaluated of each class; of the latter, two of each lie in the other's folder.
 * @returns the names of these, which tell what they show
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
