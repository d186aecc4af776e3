import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binding } from '../../src-main/tensorflow/runtime.ts';
import { Engine } from '../../src-main/train/engine.ts';
import { alternatingLabels, noise, readWork, report, timed } from './child.ts';
import { benchSettings, countOf, startingNumbers } from './bench-falx.ts';

// Training steps of Falx's engine, from uint8 pixels in memory.
const work = readWork();
const folder = mkdtempSync(join(tmpdir(), 'falx-bench-'));
try {
  const engine = new Engine(folder, benchSettings(work), ['all']);
  const { parameters } = engine.model;
  engine.assign(startingNumbers(parameters));
  const pixels = noise(work.batch * work.size * work.size * 3);
  const labels = alternatingLabels(work.batch);
  const weights = new Float32Array(work.batch).fill(1);
  let step = 0;
  let loss: number | null = null;
  const times = await timed(() => {
    step++;
    const input = { pixels, labels, weights, rate: 1e-4, step, momentum: 1, seed: [7, step] as const };
    loss = engine.step('all', input).loss;
  }, work);
  report({
    ...times,
    parameters: countOf(parameters),
    versions: { tensorflow: binding().TF_Version },
    loss,
    note: null,
  });
  engine.close();
} finally {
  rmSync(folder, { recursive: true });
}
