import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decide, dropTwins, undo } from '../../src-main/check/decisions.ts';
import { groupsOf } from '../../src-main/check/scan-groups.ts';
import { previewPattern } from '../../src-main/check/name-pattern.ts';
import { checkView, groupPage } from '../../src-main/check/view.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import {
  makeFoldsInSteps,
  makeFolds,
  makeSplit,
  previewSplit,
  makeSplitInSteps,
} from '../../src-main/split/split-handlers.ts';
import { runInTurns, type Steps } from '../../src-main/system/steps.ts';
import { expectWithin } from '../timed.ts';
import { addDataset, HEALTHY, newRegistry, putTwins, TUMOUR, type ImageSpec } from './dataset.ts';

const IMAGES = 100_000;

/** Of about 8,000 patients; three in ten are twins of the previous one, one in ten is an exact copy. */
describe('at 100,000 images', () => {
  const made = newRegistry();
  const { registry } = made;
  let ids: number[];
  beforeAll(() => {
    const random = randomFrom(1, 'scale');
    const pick = (n: number) => Math.floor(n * random());
    // Twins and copies belong to one patient, as in reality.
    let patient = 0;
    const told = Array.from({ length: IMAGES }, (_, n): ImageSpec => {
      if (pick(12) === 0) patient += 1;
      return {
        name: `patient${patient}_${n}.png`,
        className: patient % 5 < 3 ? TUMOUR : HEALTHY,
        patient: `p${patient}`,
        ...(pick(10) === 0 ? { contents: `copy ${patient}` } : {}),
        given: pick(5) === 0 ? 'test' : 'train',
      };
    });
    ids = [...addDataset(registry, 'ds-1', told).values()];
    const pairs = ids.flatMap((id, n): [number, number][] =>
      n > 0 && told[n]!.patient === told[n - 1]!.patient && pick(10) < 3 ? [[ids[n - 1]!, id]] : [],
    );
    putTwins(registry, 'ds-1', pairs);
  });
  afterAll(() => made.remove());

  const took: string[] = [];
  /** Milliseconds that an operation takes. */
  const time = (what: string, work: () => unknown): number => {
    const began = performance.now();
    work();
    const milliseconds = performance.now() - began;
    took.push(`${what} ${milliseconds.toFixed(0)} ms`);
    return milliseconds;
  };
  const page = (offset: number) =>
    groupPage(registry, { datasetId: 'ds-1', filter: 'undecided', offset, limit: 50 });

  test('what was found is shown at once, and paged through without working it out again', () => {
    expectWithin(
      time('first view', () => checkView(registry, 'ds-1')),
      6000,
    );
    expectWithin(
      time('view again', () => checkView(registry, 'ds-1')),
      300,
    );
    expectWithin(
      time('first page', () => page(0)),
      1000,
    );
    expectWithin(
      time('page', () => page(2000)),
      300,
    );
  });

  test('a decision is answered before a person wonders', () => {
    const one = { registry, datasetId: 'ds-1' };
    expectWithin(
      time('drop one', () => decide({ ...one, kind: 'drop', imageIds: [ids[1]!] })),
      3000,
    );
    expectWithin(
      time('drop all twins', () => dropTwins(one)),
      4000,
    );
    expectWithin(
      time('undo', () => undo(one)),
      3000,
    );
    const half = ids.slice(0, 40_000);
    expectWithin(
      time('say of 40,000', () => decide({ ...one, kind: 'not-twins', imageIds: half })),
      4000,
    );
    undo(one);
  });

  test('a pattern is tried on all names, and a split follows a slider', () => {
    const { images } = groupsOf(registry, 'ds-1', { by: 'twins' });
    let groups = 0;
    expectWithin(
      time('pattern', () => (groups = previewPattern('/(patient\\d+)_', images).groups)),
      1500,
    );
    expect(groups).toBeGreaterThan(7500);
    const preview = (test_: number) => previewSplit({ registry, datasetId: 'ds-1', test: test_ });
    expectWithin(
      time('first preview', () => preview(0.2)),
      5000,
    );
    expectWithin(
      time('preview', () => preview(0.21)),
      1500,
    );
  });

  test('splits and folds by patient part no group, and come within a tenth of a per cent of their shares', () => {
    let split: ReturnType<typeof makeSplit>;
    expectWithin(
      time('split', () => (split = makeSplit({ registry, datasetId: 'ds-1' }))),
      5000,
    );
    expect(split!.split.certificate).toMatchObject({ groupsAcross: 0, twinsAcross: 0, patientsAcross: 0 });
    const all = split!.counts.train + split!.counts.validation + split!.counts.test;
    expect(Math.abs(split!.counts.test / all - 0.2)).toBeLessThan(0.001);
    let folds: ReturnType<typeof makeFolds>;
    expectWithin(
      time('5 folds', () => (folds = makeFolds({ registry, datasetId: 'ds-1', folds: 5 }))),
      10_000,
    );
    for (const { counts, split: it } of folds!) {
      expect(it.certificate).toMatchObject({ groupsAcross: 0, twinsAcross: 0, patientsAcross: 0 });
      expect(Math.abs(counts.test / all - 0.2)).toBeLessThan(0.001);
    }
  });

  test('others wait a tenth of a second at most while splits and folds are made', async () => {
    const request = { registry, datasetId: 'ds-1' };
    // Read again, as after a decision.
    decide({ ...request, kind: 'drop', imageIds: [ids[5]!] });
    expect(await longestBlock('split', makeSplitInSteps(request))).toBeLessThan(100);
    expect(await longestBlock('10 folds', makeFoldsInSteps({ ...request, folds: 10 }))).toBeLessThan(100);
    process.stderr.write(`100,000 images: ${took.join(', ')}\n`);
  });

  /** The longest processor time of this thread between two turns, milliseconds: unaffected by other processes. */
  async function longestBlock(what: string, work: Steps<unknown>): Promise<number> {
    const used = () => Object.values(process.threadCpuUsage()).reduce((sum, time) => sum + time / 1000, 0);
    let [longest, last, done] = [0, used(), false];
    const look = () => {
      longest = Math.max(longest, used() - last);
      last = used();
      if (!done) setImmediate(look);
    };
    look();
    const began = performance.now();
    await runInTurns(work);
    took.push(`${what} ${(performance.now() - began).toFixed(0)} ms, longest block ${longest.toFixed(0)} ms`);
    done = true;
    return longest;
  }
});
