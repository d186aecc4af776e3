import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { components } from '../../src-main/check/linked-components.ts';
import { defaultGrouping, groupsOf } from '../../src-main/check/scan-groups.ts';
import type { Grouping } from '../../src-main/contract/grouping.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { addDataset, newRegistry, putTwins, TUMOUR } from './dataset.ts';

let made: ReturnType<typeof newRegistry>;
let registry: Registry;
beforeEach(() => {
  made = newRegistry();
  registry = made.registry;
});
afterEach(() => made.remove());

/** Groups of two or more, as names without folders. */
function groups(grouping: Grouping = { by: 'twins' }, from = registry): string[] {
  const { images, labels } = groupsOf(from, 'ds-1', grouping);
  const found = new Map<number, string[]>();
  images.forEach(({ file }, place) => {
    const name = file.replace(/^.*\/|\.png$/g, '');
    found.set(labels[place]!, [...(found.get(labels[place]!) ?? []), name]);
  });
  return [...found.values()].filter(({ length }) => length > 1).map((some) => some.sort().join(' '));
}

/**
 * a and a2 are one file; a ~ b and b ~ c are twins, as are d ~ e; f has none. p names a, d and f; q names g.
 */
function seed(): Map<string, number> {
  const ids = addDataset(registry, 'ds-1', [
    { name: 'a', contents: 'same', patient: 'p' },
    { name: 'b' },
    { name: 'c', className: TUMOUR },
    { name: 'd', patient: 'p' },
    { name: 'e' },
    { name: 'a2', contents: 'same' },
    { name: 'f', patient: 'p' },
    { name: 'g', patient: 'q' },
  ]);
  const id = (name: string) => ids.get(name)!;
  putTwins(registry, 'ds-1', [
    [id('b'), id('a')],
    [id('b'), id('c')],
    [id('e'), id('d')],
  ]);
  return ids;
}

describe('groups', () => {
  test('hang together by exact duplicates and twins', () => {
    seed();
    expect(groups()).toEqual(['a a2 b c', 'd e']);
  });

  test('are exact duplicates alone where nothing else counts', () => {
    seed();
    expect(groups({ by: 'none' })).toEqual(['a a2']);
  });

  test('hang together by patient besides', () => {
    seed();
    expect(groups({ by: 'patient' })).toEqual(['a a2 b c d e f']);
    expect(defaultGrouping(registry, 'ds-1')).toEqual({ by: 'patient' });
  });

  test('hang together by what a pattern finds besides', () => {
    seed();
    expect(groups({ by: 'pattern', pattern: '/([fg])$' })).toEqual(['a a2 b c', 'd e']);
    expect(groups({ by: 'pattern', pattern: '[a-c]\\d?$|[f-g]$' })).toEqual(['a a2 b c', 'd e']);
    // It finds "Healthy" for all but c, which is linked to b.
    expect(groups({ by: 'pattern', pattern: '^H[^/]+' })).toEqual(['a a2 b c d e f g']);
    expect(groups({ by: 'pattern', pattern: '(?=.*[efg]$)(H)' })).toEqual(['a a2 b c', 'd e f g']);
  });

  test('fall apart where a person says they are no twins, but for exact duplicates', () => {
    const ids = seed();
    registry.checks.decide(
      'ds-1',
      'not-twins',
      ['a', 'a2', 'b', 'f'].map((name) => ids.get(name)!),
    );
    expect(groups()).toEqual(['a a2', 'b c', 'd e']);
    registry.checks.undo('ds-1');
    expect(groups()).toEqual(['a a2 b c', 'd e']);
  });

  test('keep the slices of one volume together', () => {
    addDataset(
      registry,
      'ds-1',
      ['v.nii#axial:3', 'w.nii#axial:3', 'v.nii#axial:4', 'x.dcm#1', 'v.nii'].map((name) => {
        const frame = name.split('#')[1];
        return { name, ...(frame ? { frame } : {}) };
      }),
    );
    expect(groups()).toEqual(['v.nii#axial:3 v.nii#axial:4']);
    expect(groups({ by: 'pattern', pattern: '/[wx]\\.' })).toEqual(['v.nii#axial:3 v.nii#axial:4']);
    expect(groups({ by: 'none' })).toEqual([]);
  });

  test('keep the files of one DICOM series together', () => {
    addDataset(registry, 'ds-1', [
      { name: '1.dcm', series: 's' },
      { name: '2.dcm', series: 't' },
      { name: '3.dcm', series: 's' },
      { name: '4.dcm' },
    ]);
    expect(groups()).toEqual(['1.dcm 3.dcm']);
  });

  test('are put together by a person', () => {
    const ids = seed();
    registry.checks.decide(
      'ds-1',
      'same-patient',
      ['f', 'e', 'g'].map((name) => ids.get(name)!),
    );
    expect(groups()).toEqual(['a a2 b c', 'd e f g']);
    expect(groups({ by: 'none' })).toEqual(['a a2']);
  });

  test('keep what a dropped image held together', () => {
    const ids = seed();
    registry.checks.decide('ds-1', 'drop', [ids.get('b')!, ids.get('g')!]);
    expect(groups()).toEqual(['a a2 b c', 'd e']);
    expect(groupsOf(registry, 'ds-1', { by: 'twins' }).dropped).toEqual(
      new Set([ids.get('b'), ids.get('g')]),
    );
    registry.checks.decide('ds-1', 'keep', [ids.get('g')!]);
    expect(groupsOf(registry, 'ds-1', { by: 'twins' }).dropped).toEqual(new Set([ids.get('b')]));
  });

  test('are made anew after what another process decided or found', () => {
    const ids = seed();
    const other = Registry.open(made.home);
    try {
      expect(groups()).toEqual(['a a2 b c', 'd e']);
      other.checks.decide('ds-1', 'same-patient', [ids.get('f')!, ids.get('g')!]);
      expect(groups()).toEqual(['a a2 b c', 'd e', 'f g']);
      putTwins(other, 'ds-1', []);
      expect(groups()).toEqual(['a a2', 'f g']);
    } finally {
      other.close();
    }
  });

  test('are by twins where nobody knows a patient', () => {
    addDataset(registry, 'ds-1', [{ name: 'a' }, { name: 'b' }]);
    expect(defaultGrouping(registry, 'ds-1')).toEqual({ by: 'twins' });
  });
});

test('components are numbered in the order of their first nodes', () => {
  expect([...components(0, [])]).toEqual([]);
  expect([...components(3, [])]).toEqual([0, 1, 2]);
  const edges = [
    [5, 1],
    [4, 2],
    [1, 1],
    [2, 5],
  ] as const;
  expect([...components(7, edges)]).toEqual([0, 1, 1, 2, 1, 1, 3]);
});
