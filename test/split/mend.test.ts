import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Part } from '../../src-main/contract/records.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { addDataset, HEALTHY, newRegistry, putTwins, TUMOUR, type Made } from '../check/dataset.ts';

let made: Made;
beforeEach(() => {
  made = newRegistry();
});
afterEach(() => made.remove());

/** Images as told, twins in pairs by name. @returns what each came in, and lies in once mended. */
function mend(
  told: readonly [name: string, given: Part, className: string][],
  twins: readonly [string, string][],
  seed = 7,
) {
  const { registry } = made;
  const ids = addDataset(
    registry,
    'ds-1',
    told.map(([name, given, className]) => ({ name, given, className })),
  );
  putTwins(
    registry,
    'ds-1',
    twins.map(([one, other]) => [ids.get(one)!, ids.get(other)!]),
  );
  const { split, counts } = makeSplit({
    registry,
    datasetId: 'ds-1',
    useGiven: true,
    validation: 0,
    seed,
  });
  const parts = new Map(registry.parts.list(split.id).map(({ imageId, part }) => [imageId, part]));
  return { split, counts, partOf: (name: string) => parts.get(ids.get(name)!) };
}

test('keeps the sizes that the parts came in, and whole groups that came in one part', () => {
  const random = randomFrom(1, 'given');
  // 150 scans of one to three images each, thrown into the parts image by image: most groups lie in several.
  const scans = Array.from({ length: 150 }, (_, scan) => 1 + (scan % 3));
  const told = scans.flatMap((size, scan) =>
    Array.from({ length: size }, (_, at): [string, Part, string] => {
      const draw = random();
      return [
        `${scan}-${at}`,
        draw < 0.2 ? 'test' : draw < 0.3 ? 'validation' : 'train',
        scan % 2 ? TUMOUR : HEALTHY,
      ];
    }),
  );
  const twins = scans.flatMap((size, scan) =>
    Array.from({ length: size - 1 }, (_, at): [string, string] => [`${scan}-0`, `${scan}-${at + 1}`]),
  );
  const { split, counts, partOf } = mend(told, twins);

  expect(split).toMatchObject({ method: 'mended', certificate: { groupsAcross: 0, twinsAcross: 0 } });
  for (const part of ['train', 'validation', 'test'] as const)
    expect(
      Math.abs(counts[part] - told.filter(([, given]) => given === part).length),
      part,
    ).toBeLessThanOrEqual(1);
  scans.forEach((_, scan) => {
    const its = told.filter(([name]) => name.startsWith(`${scan}-`));
    if (new Set(its.map(([, given]) => given)).size === 1)
      for (const [name, given] of its) expect(partOf(name)).toBe(given);
    expect(new Set(its.map(([name]) => partOf(name))).size).toBe(1);
  });
});

test('leaves a class in every part that had it, where groups allow', () => {
  const { counts, partOf } = mend(
    [
      ['a', 'train', TUMOUR],
      ['b', 'test', TUMOUR],
      ['c', 'train', TUMOUR],
      ['d', 'test', TUMOUR],
      ['e', 'train', HEALTHY],
      ['f', 'test', HEALTHY],
    ],
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  );
  expect(counts).toEqual({ train: 3, validation: 0, test: 3 });
  expect(partOf('a')).toBe(partOf('b'));
  expect(partOf('c')).not.toBe(partOf('a'));
});

test('refuses a folder that came in no parts', () => {
  const { registry } = made;
  addDataset(registry, 'ds-1', [{ name: 'a', className: TUMOUR }, { name: 'b' }]);
  expect(() => makeSplit({ registry, datasetId: 'ds-1', useGiven: true })).toThrow(
    expect.objectContaining({ code: 'bad-split' }),
  );
});
