import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

/* The modules a command loads before it does anything. A scan's first answer waits for them, so only those needed for predicting may load. */

const root = path.join(import.meta.dirname, '../../..');

/** All static imports of a file, without types and dynamic imports. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(path.join(root, file), 'utf8');
  for (const [, from] of text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^;'"]*?\sfrom\s+)?'([^']+)'/gm)) {
    if (from!.startsWith('.')) loadedBy(path.join(path.dirname(file), from!), seen);
    else seen.add(from!);
  }
  return seen;
}

describe('falx predict', () => {
  const loaded = [...loadedBy('src-main/shells/cli/commands/predict-command.ts')];

  test('loads what predicting needs', () => {
    expect(loaded).toContain('src-main/inference/predictor.ts');
    expect(loaded).toContain('zod');
  });

  test('loads no server, no import, no writer of reports or graphs', () => {
    const elsewhere =
      /^(src-main\/(core|documents|deidentify|report|convert|graph)\/|src-main\/import\/import|@orpc|ws$|pino|fontkit|h5wasm|yauzl|csv-parse|pdfmake)/;
    expect(loaded.filter((one) => elsewhere.test(one))).toEqual([]);
  });
});
