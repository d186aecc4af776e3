import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FittedRun, fittedOf, writeFitted, type Fitted } from '../../src-main/evaluate/fitted.ts';
import { SIGNATURE } from '../../src-main/check/signature.ts';
import type { Appearance } from '../../src-main/evaluate/appearance.ts';
import { calibrate } from '../../src-main/statistics/conformal.ts';
import { stampOf } from '../../src-main/system/durable.ts';
import { modelHash, writeManifest } from '../../src-main/train/manifest.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'falx-fitted-'));
  finish('model');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A run's folder with a manifest, as training leaves it, but small. */
function finish(model: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'saved_model.pb'), model);
  const files = { 'saved_model.pb': stampOf(path.join(folder, 'saved_model.pb')) };
  writeManifest(folder, { falx: 1, runId: 'run-1', ended: null, files });
}

/** Ten scans of each class; known features point along the first of two axes. */
function fitted(): Fitted {
  const calibration = calibrate(
    Array.from({ length: 20 }, (_, group) => ({
      group,
      label: group < 10 ? (0 as const) : (1 as const),
      probability: group < 10 ? 0.05 * group : 0.5 + 0.05 * (group - 10),
    })),
  );
  const copy = ({ scores, reached, groups }: (typeof calibration)[0]) => ({
    scores: [...scores],
    reached: [...reached],
    groups,
  });
  return {
    version: 1,
    runId: 'run-1',
    model: modelHash(folder),
    created: '2026-01-02T03:04:05.678Z',
    temperature: 2,
    missing: null,
    calibration: [copy(calibration[0]), copy(calibration[1])],
    modalities: ['MR'],
    outliers: {
      channels: 2,
      neighbour: 1,
      looks: { mean: [0], precision: [1] },
      scales: { features: { mean: 0, deviation: 0.1 }, looks: { mean: 0, deviation: 1 } },
      limits: { somewhat: 2, far: 5, looks: { somewhat: 1, far: 4 } },
      coloured: 0.1,
      sharpness: 0.3,
      border: 0.6,
    },
    twins: { owners: [7, 7, 9], validation: [9] },
    validation: null,
    isotonic: null,
    test: null,
  };
}
const signatures = Float32Array.from({ length: 3 * SIGNATURE }, (_, i) => i / 7);
const known = { values: Float32Array.of(1, 0, 0.8, 0.6), channels: 2 };
const look = (change: Partial<Appearance> = {}): Appearance => ({
  measures: [0],
  coloured: 0,
  sharpness: 1,
  border: 0,
  ...change,
});
const open = () => fittedOf({ folder });

describe('what was fitted', () => {
  test('is kept under the manifest and read again, another model’s or a damaged one not', () => {
    expect(open()).toBeNull();
    const before = modelHash(folder);
    expect(writeFitted(folder, fitted(), known, signatures)).toBe(true);
    expect(open()?.fitted).toEqual(fitted());
    expect(modelHash(folder)).toBe(before); // it is not part of the model
    expect(open()).toBe(open());
    expect(open()?.twins).toEqual({ signatures, owners: [7, 7, 9] });

    expect(writeFitted(folder, { ...fitted(), model: 'f'.repeat(64) }, known, signatures)).toBe(true);
    expect(open()).toBeNull();
  });

  test('names the scans that a run has met, alike for runs that have met the same', () => {
    const met = (change: Partial<Fitted> = {}, others = signatures) =>
      new FittedRun({ ...fitted(), ...change }, known, others).seenScansHash;
    expect(met({ runId: 'run-2', temperature: 3 })).toBe(met());
    expect(met({ twins: { owners: [7, 7, 8], validation: [8] } })).not.toBe(met());
    expect(
      met(
        {},
        signatures.map((value) => value + 1),
      ),
    ).not.toBe(met());
  });

  test('is not kept where no manifest vouches for the model', () => {
    rmSync(path.join(folder, 'manifest.json'));
    expect(writeFitted(folder, fitted(), known, signatures)).toBe(false);
    expect(open()).toBeNull();
  });

  test('is found damaged when a bit of it is another', () => {
    for (const name of ['answers.f32', 'answers.json', 'twins.f32']) {
      writeFitted(
        folder,
        { ...fitted(), created: `2026-01-02T03:04:0${name.length % 10}.000Z` },
        known,
        signatures,
      );
      const file = path.join(folder, name);
      const bytes = readFileSync(file);
      bytes[5]! ^= 4;
      writeFileSync(file, bytes);
      expect(open(), name).toBeNull();
    }
  });

  test('calibrates by its temperature, and is sure by its error rate while it has the scans for it', () => {
    writeFitted(folder, fitted(), known, signatures);
    const run = open()!;
    expect(run.calibrated(0.9)).toBeCloseTo(1 / (1 + Math.exp(-Math.log(9) / 2)), 12);
    const { negative, ...rest } = run.conformal(0.95, 0.1)!;
    expect(rest).toEqual({ errorRate: 0.1, positive: 1 });
    expect(negative).toBeCloseTo(1 / 11, 10);
    expect(run.missing('run-1', 0.1)).toEqual([]);
    // One in a hundred needs 99 scans of each class.
    expect(run.conformal(0.95, 0.01)).toBeNull();
    expect(run.missing('run-1', 0.01)).toMatchObject([{ code: 'noticeFewScans', scans: 10, needed: 99 }]);
  });

  test.each([
    ['along the known', [2, 0], {}, []],
    ['in another direction', [0.6, 0.8], {}, []],
    ['somewhat away', [0.2, 0.98], {}, ['noticeUnlike warning']],
    ['far away', [-1, 0], {}, ['noticeUnlike refusal']],
    ['of unusual looks', [1, 0], { measures: [7] }, ['noticeUnlike refusal']],
    ['of looks that alone are unusual', [1, 0], { measures: [4.5] }, ['noticeUnlike refusal']],
    ['of somewhat unusual looks', [1, 0], { measures: [1.5, 9] }, ['noticeUnlike warning']],
    ['in colour', [1, 0], { coloured: 0.11 }, ['noticeColour refusal']],
    ['blurred', [1, 0], { sharpness: 0.2 }, ['noticeBlurred warning']],
    ['cut off', [1, 0], { border: 0.7 }, ['noticeCropped warning']],
  ])('says of a scan %s what speaks against it', (_, features, change, expected) => {
    writeFitted(folder, fitted(), known, signatures);
    // Beside another scan, about which nothing is claimed.
    const [said, other] = open()!.notices(Float32Array.of(...features, 2, 0), [look(change), look()]);
    expect(other).toEqual([]);
    expect(said!.map(({ code, grade }) => `${code} ${grade}`)).toEqual(expected);
  });

  test('takes the limit of an earlier Falx, which had none of looks alone, as it was', () => {
    const { outliers, ...rest } = fitted();
    const { looks: _, ...limits } = outliers!.limits;
    const earlier = { ...rest, outliers: { ...outliers!, limits } } as unknown as Fitted;
    writeFitted(folder, earlier, known, signatures);
    const [said] = open()!.notices(Float32Array.of(1, 0), [look({ measures: [4.5] })]);
    expect(said).toMatchObject([{ code: 'noticeUnlike', grade: 'warning' }]);
    expect(said![0]).toMatchObject({ distance: 4.5, limit: 2 });
  });
});
