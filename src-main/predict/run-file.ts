import { z } from 'zod';
import { Dataset, Epoch, Metrics, Run, Split } from '../contract/records.ts';
import { NOTICE } from '../convert/facts.ts';
import type { Registry } from '../registry/registry.ts';
import { sha256Of } from '../system/hashes.ts';
import { fittedFiles } from '../evaluate/fitted-files.ts';
import { falxVersion } from '../version.ts';

/*
 * A run as one file, to be moved between workstations: a zip archive of `manifest.json` and of the run's folder below `run/`, each
 * entry stored uncompressed, in the manifest's order. It contains no scan; the evaluation's limits hold a few numbers per training
 * scan.
 */

export const MANIFEST = 'manifest.json';

/** What a run's folder may contain: its model, its own manifest, and what was fitted when it was evaluated. */
const model =
  /^run\/(saved_model\.pb|variables\/variables\.(index|data-\d{5}-of-\d{5})|falx\.json|manifest\.json)$/;
const fitted = Object.values(fittedFiles).map((name) => `run/${name}`);
export const isRunFile = (name: string): boolean => model.test(name) || fitted.includes(name);
/** What accompanies any export. */
export const exportFile = /^(audit-head\.json|SHA256SUMS)$/;

export const RunManifest = z.object({
  format: z.literal('falx-run/1'),
  notice: z.string(),
  falx: z.string(),
  run: Run,
  /** Without its images and their locations. */
  dataset: Dataset,
  split: Split,
  epochs: z.array(Epoch),
  metrics: z.array(Metrics),
  files: z.record(z.string(), z.object({ bytes: z.int(), sha256: z.string() })),
});
export type RunManifest = z.infer<typeof RunManifest>;

export const SealedManifest = z.object({ manifest: z.unknown(), sha256: z.string() });

/** @param files all other entries of the archive. */
export function manifestOf(registry: Registry, run: Run, files: RunManifest['files']): string {
  const split = registry.splits.get(run.splitId);
  const dataset = registry.datasets.get(split.datasetId);
  const manifest: RunManifest = {
    format: 'falx-run/1',
    notice: NOTICE,
    falx: falxVersion(),
    run: { ...run, folder: '', removed: null },
    dataset: { ...dataset, folder: '', removed: null },
    split: { ...split, removed: null },
    epochs: registry.epochs.list(run.id),
    metrics: registry.metrics.list(run.id),
    files,
  };
  return `${JSON.stringify({ manifest, sha256: sha256Of(JSON.stringify(manifest)) }, null, 1)}\n`;
}
