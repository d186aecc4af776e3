import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Metrics } from '../../src-main/contract/records.ts';
import type { Tree } from './tree.ts';

/** A small run on phantoms by a scratch copy's command line: imported, split, trained for an epoch, evaluated. */
export async function trained(
  tree: Tree,
  network: string,
  ...options: string[]
): Promise<{ runId: string; metrics: Metrics }> {
  const images = path.join(tree.folder, '.falx', 'phantoms');
  if (!existsSync(images)) await tree.falx('demo', images, '--per-class', '24');
  const { dataset } = await tree.falx<{ dataset: { id: string } }>('import', images);
  const { split } = await tree.falx<{ split: { id: string } }>('split', dataset.id, '--no-check');
  const { runs } = await tree.falx<{ runs: { id: string }[] }>(
    ...['train', split.id, '--networks', network, '--weights', 'none', '--devices', 'cpu'],
    ...['--size', '64', '--epochs', '1', '--batch', '8', ...options],
  );
  const runId = runs[0]!.id;
  const { metrics } = await tree.falx<{ metrics: Metrics }>('evaluate', runId);
  return { runId, metrics };
}
