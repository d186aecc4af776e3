import { describe, expect, test } from 'vitest';
import type { Metrics } from '../../src-main/contract/records.ts';
import { f1Of, sharesOf } from '../../src-main/statistics/confusion.ts';
import { aucInterval } from '../../src-main/statistics/intervals.ts';
import { measuresOf } from '../../src-main/statistics/measures.ts';
import { aucOf, thresholdSteps } from '../../src-main/statistics/roc.ts';
import { bestOf, clearlyBest, type MeasureRow } from '../../src-renderer/stages/compare/measure-rows.ts';
import { tableFile } from '../../src-renderer/stages/compare/table-file.ts';
import { runView } from './run-view.ts';

const metricsOf = (confusion: Metrics['confusion'], auc: number | null): Metrics => ({
  runId: 'run-a',
  part: 'test',
  created: '2026-01-01T00:00:00.000Z',
  threshold: 0.5,
  images: confusion.tp + confusion.fp + confusion.tn + confusion.fn,
  confusion,
  ...sharesOf(confusion),
  f1: f1Of(confusion),
  auc,
  millisecondsPerScan: 12.5,
  modelBytes: 9_000_000,
  parameters: 2_259_265,
});

const rowOf = (runId: string, tp: number, fn: number, tn: number, fp: number): MeasureRow => ({
  runId,
  measures: measuresOf(metricsOf({ tp, fn, tn, fp }, null)),
});

describe('measures in the table', () => {
  test('shares come with their counts and Wilson interval', () => {
    const { sensitivity, f1 } = measuresOf(metricsOf({ tp: 81, fn: 182, tn: 5, fp: 3 }, null));
    // Newcombe, Statistics in Medicine 17, 1998, 857–872, table I: 81 of 263 is 0.2553 to 0.3662 by Wilson's method.
    expect(sensitivity.counts).toEqual({ count: 81, of: 263 });
    expect(sensitivity.interval?.low).toBeCloseTo(0.2553, 4);
    expect(sensitivity.interval?.high).toBeCloseTo(0.3662, 4);
    expect(f1).toMatchObject({ counts: { count: 162, of: 347 }, interval: null });
  });

  test('a measure without scans has neither value nor interval', () => {
    const { ppv } = measuresOf(metricsOf({ tp: 0, fn: 5, tn: 5, fp: 0 }, 0.5));
    expect(ppv).toEqual({ value: null, counts: { count: 0, of: 0 }, interval: null });
  });

  test('the ends of an AUC’s interval lie z standard errors of Hanley and McNeil away from it', () => {
    for (const [auc, positives, negatives] of [
      [0.8, 27, 27],
      [0.95, 12, 40],
      [0.3, 50, 9],
    ] as const) {
      const { low, high } = aucInterval(auc, positives, negatives)!;
      for (const end of [low, high]) {
        const mean = (positives + negatives) / 2;
        const q1 = end / (2 - end);
        const q2 = (2 * end ** 2) / (1 + end);
        const variance =
          (end * (1 - end) + (mean - 1) * (q1 - end ** 2) + (mean - 1) * (q2 - end ** 2)) /
          (positives * negatives);
        expect(Math.abs(end - auc)).toBeCloseTo(1.959963984540054 * Math.sqrt(variance), 9);
      }
      expect(low).toBeLessThan(auc);
      expect(high).toBeGreaterThan(auc);
    }
  });

  test('a perfect AUC of few scans is not certain', () => {
    const { low, high } = aucInterval(aucOf(thresholdSteps([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])!)!, 2, 2)!;
    expect(high).toBe(1);
    expect(low).toBeLessThan(0.5);
    expect(aucInterval(1, 100, 100)!.low).toBeGreaterThan(0.97);
    expect(aucInterval(0.5, 0, 10)).toBeNull();
  });

  test('the highest value is marked, and none where all are equal', () => {
    const rows = [rowOf('run-a', 9, 1, 8, 2), rowOf('run-b', 8, 2, 8, 2), rowOf('run-c', 9, 1, 7, 3)];
    expect(bestOf(rows, 'sensitivity')).toEqual(new Set(['run-a', 'run-c']));
    expect(bestOf(rows, 'specificity')).toEqual(new Set(['run-a', 'run-b']));
    expect(bestOf(rows.slice(0, 2), 'specificity')).toEqual(new Set());
  });

  test('a lead counts only where its interval lies above all others', () => {
    const near = [rowOf('run-a', 20, 0, 18, 2), rowOf('run-b', 18, 2, 18, 2)];
    expect(clearlyBest(near)).toEqual([]);
    // 190/200 is 0.910 to 0.973, 120/200 is 0.531 to 0.665: disjoint. Specificity is the same.
    const far = [rowOf('run-a', 190, 10, 150, 50), rowOf('run-b', 120, 80, 150, 50)];
    expect(clearlyBest(far)).toContainEqual({ name: 'sensitivity', runId: 'run-a' });
    expect(clearlyBest(far).map(({ name }) => name)).not.toContain('specificity');
    expect(clearlyBest(far.slice(0, 1))).toEqual([]);
  });
});

describe('the table as a file', () => {
  test('has a line for each evaluated run, with numbers in full', () => {
    const metrics = metricsOf({ tp: 26, fn: 1, tn: 25, fp: 2 }, 0.991);
    const text = tableFile([
      runView({ id: 'run-a', name: 'first, with "quotes"', metrics }),
      runView({ id: 'run-b', metrics: null }),
    ]);
    const [head, line, ...rest] = text.trimEnd().split('\r\n');
    expect(rest).toEqual([]);
    expect(line).toMatch(/^run-a,"first, with ""quotes""",mobilenetv2,/);
    // Only the name's cell in this row contains a comma.
    const cells = line!.replace(/"(?:[^"]|"")*"/, 'name').split(',');
    const cell = (name: string) => cells[head!.split(',').indexOf(name)];
    expect(cells).toHaveLength(head!.split(',').length);
    expect(cell('sensitivity')).toBe(String(26 / 27));
    expect(cell('sensitivity_count')).toBe('26');
    expect(cell('sensitivity_of')).toBe('27');
    expect(cell('auc')).toBe('0.991');
    expect(cell('parameters')).toBe('2259265');
    expect(cell('fp')).toBe('2');
  });
});
