import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Run } from '../../src-main/contract/records.ts';
import type { SettingsChange } from '../../src-main/contract/settings.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { runQueue } from '../../src-main/train/train-handlers.ts';
import { addScans, queueOne } from '../train/scans.ts';

/** Side in pixels: the smallest that MobileNetV2 accepts. */
export const side = 32;

/** A temporary folder of the test, removed when the process ends. */
export function ownFolder(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `falx-${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A home folder with synthetic scans in two classes, a split, and one queued run of MobileNetV2 from scratch. */
export async function waitingRun(
  home: string,
  { images = 20, ...overrides }: SettingsChange & { images?: number } = {},
): Promise<Run> {
  const registry = Registry.open(home);
  try {
    await addScans(registry, path.join(home, 'scans'), images);
    const settings = { imageSize: side, epochs: 2, batchSize: 8, patience: 0, ...overrides };
    return await queueOne(registry, home, settings);
  } finally {
    registry.close();
  }
}

/** The same, trained. */
export async function trainedRun(
  home: string,
  overrides: SettingsChange & { images?: number } = {},
): Promise<Run> {
  const { id } = await waitingRun(home, overrides);
  const registry = Registry.open(home);
  try {
    await runQueue({ registry, home, runIds: [id] });
    const run = registry.runs.get(id);
    if (run.status !== 'done') throw new Error(`the fixture was not trained: ${run.status} ${run.error}`);
    return run;
  } finally {
    registry.close();
  }
}
