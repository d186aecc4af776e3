import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { after } from '../../src-main/graph/checkpoint.ts';
import { Graph } from '../../src-main/graph/graph.ts';
import { constant, placeholder } from '../../src-main/graph/operations.ts';
import { optimiserSteps } from '../../src-main/graph/optimisers.ts';
import { assign, variable } from '../../src-main/graph/variables.ts';
import { Calculator, canRun } from './calculator.ts';
import type { OptimiserSettings } from '../../src-main/graph/optimisers.ts';
import type { Variable } from '../../src-main/graph/variables.ts';

interface Goldens {
  start: number[];
  gradients: number[][];
  cases: { name: string; settings: OptimiserSettings; rate: number; weights: number[][] }[];
}
const file = join(import.meta.dirname, '../goldens/optimisers.json');
const { start, gradients, cases } = JSON.parse(readFileSync(file, 'utf8')) as Goldens;

describe.skipIf(!canRun)('five steps of Keras’s', () => {
  it.each(cases)('$name', ({ settings, rate: given, weights }) => {
    const graph = new Graph();
    const made: Variable[] = [];
    const make = (name: string, shape: readonly number[]): Variable => {
      const one = variable(graph, name, shape);
      made.push(one);
      return one;
    };
    const weight = make('weight', [start.length]);
    const rate = placeholder(graph, 'rate', 'float32', []);
    const step = placeholder(graph, 'step', 'float32', []);
    const gradient = placeholder(graph, 'gradient', 'float32', [start.length]);
    const update = { target: weight, gradient, decays: true, after: [weight.value.node] };
    const stepped = after(
      constant(graph, 0),
      optimiserSteps([update], settings, rate, step, make),
      'stepped',
    );
    const zeros = start.map(() => 0);
    const first = made.map((one) => assign(one, constant(graph, one === weight ? start : zeros)));
    const begun = after(constant(graph, 0), first, 'begun');
    const calculator = new Calculator(graph);
    try {
      calculator.run([], [begun]);
      for (const [n, slope] of gradients.entries()) {
        const fed = [
          [rate, [given]],
          [step, [n + 1]],
          [gradient, slope],
        ] as const;
        calculator.run(fed, [stepped]);
        const [found] = calculator.run([], [weight.value]);
        // Keras computes in float64. A step is near 1e-3, so this is 1e-4 of one step, or the rounding of float32.
        for (const [i, value] of (weights[n] as number[]).entries())
          expect(Math.abs((found?.[i] as number) - value)).toBeLessThan(1e-7 + 2e-7 * Math.abs(value));
      }
    } finally {
      calculator.close();
    }
  });
});
