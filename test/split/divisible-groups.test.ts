import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkView } from '../../src-main/check/view.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import type { Certificate, Grouping } from '../../src-main/contract/grouping.ts';
import type { Part } from '../../src-main/contract/records.ts';
import type { Registry } from '../../src-main/registry/registry.ts';
import { makeSplit, previewSplit, type SplitOptions } from '../../src-main/split/split-handlers.ts';
import {
  addDataset,
  HEALTHY,
  newRegistry,
  putTwins,
  sha256,
  TUMOUR,
  type ImageSpec,
} from '../check/dataset.ts';

let made: ReturnType<typeof newRegistry>;
let registry: Registry;
beforeEach(() => {
  made = newRegistry();
  registry = made.registry;
});
afterEach(() => made.remove());

const many = (
  className: string,
  count: number,
  more: (n: number) => Partial<ImageSpec> = () => ({}),
): ImageSpec[] =>
  Array.from({ length: count }, (_, n) => ({ name: `${className[0]}${n}`, className, ...more(n) }));
const split = (options: Partial<SplitOptions> = {}) => makeSplit({ registry, datasetId: 'ds-1', ...options });

/** Name → part. */
function partsOf(splitId: string): Map<string, Part> {
  const names = new Map(registry.images.list('ds-1').map(({ id, file }) => [id, file.replace(/^.*\//, '')]));
  return new Map(registry.parts.list(splitId).map(({ imageId, part }) => [names.get(imageId)!, part]));
}

describe('a split', () => {
  test('never parts twins, nor what a person or a patient puts together', () => {
    const ids = addDataset(registry, 'ds-1', [
      ...many(TUMOUR, 40, (n) => (n >= 36 ? { patient: 'p' } : {})),
      ...many(HEALTHY, 40),
    ]);
    const id = (name: string) => ids.get(name)!;
    const groups = [
      ['B0', 'B1', 'H0'],
      ['B2', 'B3', 'B4', 'B5'],
      ['H1', 'H2'],
    ];
    putTwins(
      registry,
      'ds-1',
      groups.flatMap(([first, ...others]) => others.map((other) => [id(first!), id(other)] as const)),
    );
    registry.checks.decide('ds-1', 'same-patient', ['H3', 'H4', 'H5'].map(id));
    const kept = [...groups, ['H3', 'H4', 'H5'], ['B36', 'B37', 'B38', 'B39']];
    for (let seed = 0; seed < 20; seed += 1) {
      const { split: it, classes } = split({ seed });
      const parts = partsOf(it.id);
      for (const group of kept) expect(new Set(group.map((name) => parts.get(name))).size).toBe(1);
      expect(it.certificate).toMatchObject({
        grouping: { by: 'patient' },
        groups: 80 - 2 - 3 - 1 - 2 - 3,
        largestGroup: 4,
        groupsAcross: 0,
        twinsAcross: 0,
        testImagesWithTwins: 0,
        patientsAcross: 0,
      });
      // 40 of each: 28, 4, 8. Single images make up for what groups leave.
      expect(classes).toEqual({
        train: { [TUMOUR]: 28, [HEALTHY]: 28 },
        validation: { [TUMOUR]: 4, [HEALTHY]: 4 },
        test: { [TUMOUR]: 8, [HEALTHY]: 8 },
      });
    }
  });

  test('has no part for dropped images, which its hash and counts leave out', () => {
    const ids = addDataset(registry, 'ds-1', [...many(TUMOUR, 12), ...many(HEALTHY, 10)]);
    const before = split();
    registry.checks.decide('ds-1', 'drop', [ids.get('B3')!, ids.get('B7')!]);
    const { split: it, counts } = split();
    expect(counts).toEqual({ train: 14, validation: 2, test: 4 });
    expect(partsOf(it.id).has('B3')).toBe(false);
    expect(it.certificate!.dropped).toBe(2);
    expect(it.hash).not.toBe(before.split.hash);
    const lines = registry.images
      .list('ds-1')
      .flatMap(({ sha256: hash, file }) => {
        const part = partsOf(it.id).get(file.replace(/^.*\//, ''));
        return part ? [JSON.stringify([hash, file, part])] : [];
      })
      .sort();
    expect(it.hash).toBe(sha256([...lines, '{"by":"twins"}'].join('\n')));
    expect(previewSplit({ registry, datasetId: 'ds-1' })).toEqual(registry.parts.counts(it.id));
  });

  test('says in its hash how it was grouped', () => {
    addDataset(registry, 'ds-1', [...many(TUMOUR, 10), ...many(HEALTHY, 10)]);
    const [twins, none] = [split({ grouping: { by: 'twins' } }), split({ grouping: { by: 'none' } })];
    expect(partsOf(none.split.id)).toEqual(partsOf(twins.split.id));
    expect(none.split.hash).not.toBe(twins.split.hash);
  });

  test('does not depend on the order in which files were found', () => {
    const told = [
      ...many(TUMOUR, 30, (n) => ({ patient: `t${n % 11}` })),
      ...many(HEALTHY, 33, (n) => ({ patient: n % 4 === 0 ? `t${n % 11}` : `h${n % 7}` })),
    ];
    const hashes = [
      told,
      told.toReversed(),
      told.toSorted((a, b) => (sha256(a.name) < sha256(b.name) ? -1 : 1)),
    ].map((some, index) => {
      addDataset(registry, `ds-${index + 1}`, some);
      return split({ datasetId: `ds-${index + 1}` }).split.hash;
    });
    expect(new Set(hashes).size).toBe(1);
  });

  test('comes as near the shares as a few huge groups allow', () => {
    // Tumours in groups of 30, 25, 12, 11, 10, 7, 3, 2 (100 in all); shares 70, 10, 20.
    const sizes = [30, 25, 12, 11, 10, 7, 3, 2];
    const patients = sizes.flatMap((size, group) => Array.from({ length: size }, () => `g${group}`));
    addDataset(registry, 'ds-1', [
      ...many(TUMOUR, 100, (n) => ({ patient: patients[n]! })),
      ...many(HEALTHY, 100),
    ]);
    for (let seed = 0; seed < 30; seed += 1) {
      const { classes } = split({ seed });
      // 10 = 10, 7 + 3; 20 = 10 + 7 + 3, 11 + 7 + 2: both can be met, by one or two more; within one is near enough.
      expect(Math.abs(classes.validation[TUMOUR]! - 10)).toBeLessThanOrEqual(1);
      expect(Math.abs(classes.test[TUMOUR]! - 20)).toBeLessThanOrEqual(1);
      expect(classes.test[HEALTHY]).toBe(20);
    }
  });

  test('keeps patients with both classes whole, and both classes near their shares', () => {
    const random = randomFrom(3, 'patients');
    const patient = () => ({ patient: `p${Math.floor(40 * random() ** 2)}` });
    addDataset(registry, 'ds-1', [...many(TUMOUR, 300, patient), ...many(HEALTHY, 200, patient)]);
    for (let seed = 0; seed < 10; seed += 1) {
      const { classes, split: it } = split({ seed });
      expect(it.certificate!.patientsAcross).toBe(0);
      expect(Math.abs(classes.test[TUMOUR]! - 60)).toBeLessThanOrEqual(4);
      expect(Math.abs(classes.test[HEALTHY]! - 40)).toBeLessThanOrEqual(4);
      expect(Math.abs(classes.validation[TUMOUR]! - 30)).toBeLessThanOrEqual(4);
      expect(Math.abs(classes.validation[HEALTHY]! - 20)).toBeLessThanOrEqual(4);
    }
  });
});

describe('a folder that came in parts', () => {
  const given = (n: number): Part => (n < 14 ? 'train' : n < 16 ? 'validation' : 'test');
  /** B0 lies in train; its copy B16 and its twins B17 and B15 in test and validation. */
  function seed(): void {
    const ids = addDataset(registry, 'ds-1', [
      ...many(TUMOUR, 20, (n) => ({ given: given(n), ...(n === 0 || n === 16 ? { contents: 'copy' } : {}) })),
      ...many(HEALTHY, 20, (n) => ({ given: given(n) })),
    ]);
    putTwins(registry, 'ds-1', [
      [ids.get('B0')!, ids.get('B17')!],
      [ids.get('B0')!, ids.get('B15')!],
    ]);
  }

  test('is repaired: all of a group that lay across goes to the test part', () => {
    seed();
    const { split: it, counts } = split({ useGiven: true });
    const parts = partsOf(it.id);
    expect(['B0', 'B15', 'B16', 'B17'].map((name) => parts.get(name))).toEqual(Array(4).fill('test'));
    expect(counts).toEqual({ train: 27, validation: 3, test: 10 });
    expect(it.certificate).toMatchObject({ given: { train: 28, validation: 4, test: 8 }, moved: 2 }); // B0 and B15
    expect(it.certificate).toMatchObject({ groupsAcross: 0, twinsAcross: 0 });
  });

  test('can be measured as it is, leaks and all', () => {
    seed();
    const { split: it, counts } = split({ useGiven: true, grouping: { by: 'none' } });
    expect(counts).toEqual({ train: 28, validation: 4, test: 8 });
    for (const [name, part] of partsOf(it.id)) expect(part).toBe(given(Number(name.slice(1))));
    expect(it.certificate).toMatchObject({ given: { train: 28, validation: 4, test: 8 }, moved: 0 });
    // Of B0 in train, B15 in validation, B16 and B17 in test, all pairs but one are across.
    expect(it.certificate).toMatchObject({ groupsAcross: 1, twinsAcross: 5, testImagesWithTwins: 2 });
    expect(checkView(registry, 'ds-1').leaked).toEqual({ count: 2, of: 8 });
  });
});

describe('a certificate', () => {
  /** Counted pair by pair, image by image. */
  function counted(splitId: string, pairs: [number, number][], grouping: Grouping): Partial<Certificate> {
    const images = registry.images.list('ds-1');
    const part = new Map(registry.parts.list(splitId).map((one) => [one.imageId, one.part]));
    const { dropped } = checkView(registry, 'ds-1');
    const closure = (together: (a: (typeof images)[number], b: (typeof images)[number]) => boolean) => {
      const n = images.length;
      const at = images.map((a, i) => images.map((b, j) => i === j || together(a, b)));
      for (let k = 0; k < n; k += 1)
        for (let i = 0; i < n; i += 1)
          if (at[i]![k]) for (let j = 0; j < n; j += 1) if (at[k]![j]) at[i]![j] = true;
      return at;
    };
    const linked = new Set(pairs.flatMap(([a, b]) => [`${a} ${b}`, `${b} ${a}`]));
    const scans = closure((a, b) => a.sha256 === b.sha256 || linked.has(`${a.id} ${b.id}`));
    const groups = closure(
      (a, b) =>
        a.sha256 === b.sha256 ||
        (grouping.by !== 'none' && linked.has(`${a.id} ${b.id}`)) ||
        (grouping.by === 'patient' && a.patient !== null && a.patient === b.patient),
    );
    const lies = (i: number) => part.get(images[i]!.id);
    const across = (i: number, j: number) => lies(i) && lies(j) && lies(i) !== lies(j);
    let [twinsAcross, testImagesWithTwins] = [0, 0];
    images.forEach((_, i) => {
      let has = false;
      images.forEach((_, j) => {
        if (!scans[i]![j] || !across(i, j)) return;
        has = true;
        if (i < j) twinsAcross += 1;
      });
      if (has && lies(i) === 'test') testImagesWithTwins += 1;
    });
    const rows = [...new Set(groups.map((row) => row.flatMap((yes, j) => (yes ? [j] : [])).join(' ')))].map(
      (row) =>
        row
          .split(' ')
          .map(Number)
          .filter((j) => lies(j)),
    );
    const patients = [...new Set(images.flatMap(({ patient }) => patient ?? []))];
    return {
      groups: rows.filter(({ length }) => length > 0).length,
      largestGroup: Math.max(...rows.map(({ length }) => length)),
      groupsAcross: rows.filter((row) => new Set(row.map(lies)).size > 1).length,
      twinsAcross,
      testImagesWithTwins,
      patientsAcross: patients.filter(
        (patient) =>
          new Set(images.flatMap((image, i) => (image.patient === patient ? (lies(i) ?? []) : []))).size > 1,
      ).length,
      dropped,
    };
  }

  test.each(['none', 'twins', 'patient'] as const)('by %s is what one counts by hand', (by) => {
    const random = randomFrom(5, by);
    const pick = (n: number) => Math.floor(n * random());
    const told = (className: string) => (n: number) => ({
      ...(pick(4) === 0 ? { contents: `c${pick(12)}` } : {}),
      ...(pick(3) === 0 ? { patient: `p${pick(15)}` } : {}),
      given: pick(4) === 0 ? ('test' as const) : ('train' as const),
      name: `${className[0]}${n}`,
    });
    const ids = [
      ...addDataset(registry, 'ds-1', [
        ...many(TUMOUR, 60, told(TUMOUR)),
        ...many(HEALTHY, 60, told(HEALTHY)),
      ]).values(),
    ];
    const pairs = Array.from({ length: 40 }, (): [number, number] => [
      ids[pick(120)]!,
      ids[pick(120)]!,
    ]).filter(([a, b]) => a !== b);
    const distinct = [...new Map(pairs.map((pair) => [pair.join(' '), pair])).values()];
    putTwins(registry, 'ds-1', distinct);
    registry.checks.decide('ds-1', 'drop', [ids[3]!, ids[70]!, ids[71]!]);
    const denied = distinct[0]!;
    registry.checks.decide('ds-1', 'not-twins', denied);
    const hold = distinct.filter((pair) => !pair.every((id) => denied.includes(id)));
    for (let seed = 0; seed < 5; seed += 1)
      for (const useGiven of [false, true]) {
        const { split: it } = split({ grouping: { by }, seed, useGiven });
        expect(it.certificate).toMatchObject(counted(it.id, hold, { by }));
        if (by !== 'none') expect(it.certificate).toMatchObject({ groupsAcross: 0, twinsAcross: 0 });
        if (by === 'none') expect(it.certificate!.twinsAcross).toBeGreaterThan(0);
      }
  });

  test('says when twins were looked for, and that they were not among images as they are now', () => {
    addDataset(registry, 'ds-1', [...many(TUMOUR, 10), ...many(HEALTHY, 10)]);
    expect(split().split.certificate).toMatchObject({ checked: null, patientsAcross: null });
    putTwins(registry, 'ds-1', []);
    const check = registry.checks.record('ds-1')!;
    expect(split().split.certificate!.checked).toBe(check.created);
    registry.checks.put({ ...check, datasetHash: 'e'.repeat(64) }, []);
    expect(split().split.certificate!.checked).toBeNull();
  });
});

describe('is refused, naming what stands in the way:', () => {
  test('a group that leaves another part next to nothing', () => {
    addDataset(registry, 'ds-1', [
      ...many(TUMOUR, 50, (n) => (n < 47 ? { patient: 'p' } : {})),
      ...many(HEALTHY, 50, (n) => (n < 47 ? { patient: 'p' } : {})),
    ]);
    expect(() => split()).toThrow(
      expect.objectContaining({
        code: 'bad-split',
        message: expect.stringMatching(
          /^One group of 94 images, "Brain Tumor\/B0" among them, is larger than any set should be \(70 images/,
        ),
        facts: expect.objectContaining({ images: 94, room: 70 }),
      }),
    );
  });

  test('a class whose images are in too few groups', () => {
    addDataset(registry, 'ds-1', [
      ...many(TUMOUR, 20, (n) => ({ patient: `p${n % 2}` })),
      ...many(HEALTHY, 20),
    ]);
    expect(() => split()).toThrow(
      /no image of "Brain Tumor", which has 20 in all in 2 groups that a split keeps whole/,
    );
  });

  test('patients that nobody knows, and a pattern that is none', () => {
    addDataset(registry, 'ds-1', [...many(TUMOUR, 20), ...many(HEALTHY, 20)]);
    expect(() => split({ grouping: { by: 'patient' } })).toThrow(/No patient of "ds-1" is known/);
    expect(() => split({ grouping: { by: 'pattern', pattern: '(' } })).toThrow(
      /is not a valid regular expression/,
    );
    expect(() => split({ grouping: { by: 'pattern', pattern: 'q\\d' } })).toThrow(
      /matches nothing in any file name of "ds-1", such as "Brain Tumor\/B0"/,
    );
  });
});
