import { expect, test } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import type { Metrics } from '../../src-main/contract/records.ts';
import { Evaluator } from '../../src-main/core/comparisons.ts';
import type { EvaluateOptions } from '../../src-main/evaluate/evaluate-handlers.ts';
import * as sample from '../registry/sample-records.ts';
import { coreOfFile } from './training-core.ts';

const made = coreOfFile((registry) => {
  registry.datasets.add(sample.dataset('ds-1'), [sample.image('a.png')], []);
  registry.splits.add(sample.split('sp-1', 'ds-1'), []);
  for (const id of ['run-1', 'run-2', 'run-3']) registry.runs.add(sample.run(id, 'sp-1'));
});

/** Evaluations that end when the test decides, and the runs that were started. */
function evaluator() {
  const begun: string[] = [];
  const { promise, resolve } = Promise.withResolvers<null>();
  const work = async ({ runId }: EvaluateOptions): Promise<Metrics> => {
    begun.push(runId);
    await promise;
    return sample.metrics(runId);
  };
  const { home, registry, hub, log } = made.core;
  const parts = { home, registry, hub, log, device: () => Promise.resolve('cpu' as const), work };
  return { evaluator: new Evaluator(parts), begun, end: () => resolve(null) };
}

test('an evaluation that waits for its turn and is broken off has ended at once; those behind it still wait', async () => {
  const { evaluator: one, begun, end } = evaluator();
  const [first, broken, last] = ['run-1', 'run-2', 'run-3'] as const;
  const breakOff = new AbortController();
  const evaluated = [one.evaluate(first), one.evaluate(broken, breakOff.signal), one.evaluate(last)] as const;
  breakOff.abort();
  await expect(evaluated[1]).rejects.toMatchObject({ code: 'cancelled' });
  await expect(one.evaluate(broken, breakOff.signal)).rejects.toBeInstanceOf(FalxError);
  expect(begun).toEqual([first]);
  end();
  expect((await Promise.all([evaluated[0], evaluated[2]])).map(({ runId }) => runId)).toEqual([first, last]);
  expect(begun).toEqual([first, last]);
});
