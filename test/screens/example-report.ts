import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

/**
 * Generates docs/example-report from synthetic scans, by the commands that the report itself lists: `npm run example-report`.
 * Takes some minutes.
 */
const repository = path.join(import.meta.dirname, '../..');
const target = path.join(repository, 'docs/example-report');
const folder = mkdtempSync(path.join(tmpdir(), 'falx-example-'));

/** A command's answer, as JSON. */
function falx(...args: string[]): unknown {
  console.log(`falx ${args.join(' ')}`);
  const answer = execFileSync(
    process.execPath,
    [
      path.join(repository, 'build/falx.mjs'),
      ...['--home', path.join(folder, 'home'), '--language', 'en', '--json'],
      ...args,
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return JSON.parse(answer);
}

const Record = z.object({ id: z.string() });
const Stored = z.object({ dataset: Record.optional(), split: Record.optional() });

try {
  const imported = (name: string, perClass: number, seed: number): string => {
    const scans = path.join(folder, name);
    falx('demo', scans, '--per-class', String(perClass), '--seed', String(seed));
    return Stored.parse(falx('import', scans, '--name', name, '--positive', 'Tumour')).dataset!.id;
  };
  const dataset = imported('phantoms', 90, 7);
  imported('other phantoms', 30, 8);
  falx('check', dataset);
  const { split } = Stored.parse(
    falx('split', dataset, '--test', '0.2', '--validation', '0.1', '--seed', '7', '--by', 'twins'),
  );
  const all = ['--weights', 'none', '--size', '64', '--epochs', '5', '--seed', '7'];
  const { runs } = z
    .object({ runs: z.array(Record) })
    .parse(falx('train', split!.id, '--networks', 'mobilenetv2,densenet121,resnet50', ...all));
  const ids = runs.map(({ id }) => id);
  falx('compare', ...ids);
  falx('robustness', ids[0]!);
  falx('validate', ids[0]!, 'other phantoms');
  rmSync(target, { recursive: true, force: true });
  falx('report', ...ids, target);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
