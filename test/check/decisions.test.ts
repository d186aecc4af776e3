import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decide, dropTwins, redo, undo } from '../../src-main/check/decisions.ts';
import { CHECK_METHOD, SHORTCUT_METHOD } from '../../src-main/check/methods.ts';
import { checkView, groupPage } from '../../src-main/check/view.ts';
import type { Decision, GroupFilter, GroupView } from '../../src-main/contract/check.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import * as sample from '../registry/sample-records.ts';
import { addDataset, newRegistry, putTwins, sha256, TUMOUR } from './dataset.ts';

let made: ReturnType<typeof newRegistry>;
let registry: Registry;
let ids: Map<string, number>;
beforeEach(() => {
  made = newRegistry();
  registry = made.registry;
});
afterEach(() => made.remove());

const of = (names: string): number[] => names.split(' ').map((name) => ids.get(name)!);
const say = (kind: Decision['kind'], names: string) =>
  decide({ registry, datasetId: 'ds-1', kind, imageIds: of(names) });
const page = (filter: GroupFilter = 'all', offset = 0, limit = 100) =>
  groupPage(registry, { datasetId: 'ds-1', filter, offset, limit });
const nameOf = ({ file }: { file: string }) => file.replace(/^.*\//, '');
const names = ({ first, twins }: GroupView) =>
  [first, ...twins.map(({ image }) => image)].map(nameOf).join(' ');
const shown = (filter: GroupFilter = 'all') => page(filter).groups.map(names);

const held = (at: 'undo' | 'redo') => {
  const { [at]: outline } = checkView(registry, 'ds-1');
  return registry.checks.decisions('ds-1').find(({ number }) => number === outline?.number);
};

/** One large group, one across sets, one with both labels and across sets, one of exact duplicates; two single images. */
function seed(): void {
  ids = addDataset(registry, 'ds-1', [
    { name: 'l1', given: 'train' },
    { name: 'l2', given: 'train' },
    { name: 'l3', given: 'train' },
    { name: 'l4', given: 'train' },
    { name: 'x1', given: 'train' },
    { name: 'x2', given: 'test' },
    { name: 'm1', given: 'train' },
    { name: 'm2', given: 'test', className: TUMOUR },
    { name: 'e2', given: 'train', contents: 'e' },
    { name: 'e1', given: 'train', contents: 'e' },
    { name: 's1', given: 'test' },
    { name: 's2', given: 'train', className: TUMOUR },
  ]);
  putTwins(registry, 'ds-1', [
    [ids.get('l3')!, ids.get('l1')!, { correlation: 0.99 }],
    [ids.get('l3')!, ids.get('l2')!, { correlation: 0.95 }],
    [ids.get('l3')!, ids.get('l4')!],
    [ids.get('x1')!, ids.get('x2')!],
    [ids.get('m1')!, ids.get('m2')!, { change: { mirrored: false, turned: 90, rotated: 4 } }],
    [ids.get('e1')!, ids.get('e2')!, { correlation: 1, detail: 1, change: null }],
  ]);
}

describe('a check as it is shown', () => {
  test('counts images, groups and what leaks', () => {
    seed();
    expect(checkView(registry, 'ds-1')).toMatchObject({
      outdated: false,
      images: 12,
      exactDuplicates: 1,
      groups: 4,
      imagesInGroups: 10,
      distinctScans: 6,
      mixedLabels: 1,
      acrossParts: 2,
      undecided: 4,
      dropped: 0,
      // x2 and m2 of x2, m2 and s1
      leaked: { count: 2, of: 3 },
      patients: { images: 0, patients: 0 },
      decisions: 0,
      undo: null,
      redo: null,
    });
  });

  test('before the first check knows exact duplicates only', () => {
    addDataset(registry, 'ds-1', [{ name: 'a', contents: 'x' }, { name: 'b', contents: 'x' }, { name: 'c' }]);
    expect(checkView(registry, 'ds-1')).toMatchObject({
      check: null,
      groups: 1,
      distinctScans: 2,
      leaked: null,
      randomLeak: null,
    });
    expect(page().groups[0]!.twins[0]).toMatchObject({ exact: true, correlation: 1, change: null });
  });

  test('expects of a random split what all random splits give on average', () => {
    seed();
    const { randomLeak } = checkView(registry, 'ds-1');
    // All ways to choose 2 (a fifth, rounded) of the 12 for the test set: how many leave a twin behind.
    const groupOf = 'llllxxmmee'.split('').concat('s', 't');
    let [total, ways] = [0, 0];
    for (let a = 0; a < 12; a += 1)
      for (let b = a + 1; b < 12; b += 1) {
        ways += 1;
        for (const one of [a, b])
          total += Number(
            groupOf.some((group, other) => group === groupOf[one] && other !== a && other !== b),
          );
      }
    expect(randomLeak!.of).toBe(2);
    expect(randomLeak!.count).toBeCloseTo(total / ways, 12);
  });

  test('lists groups that need an eye first, the image that most lie over at the head', () => {
    seed();
    expect(shown()).toEqual(['m2 m1', 'x1 x2', 'l3 l1 l2 l4', 'e1 e2']);
    const [mixed, across, large, exact] = page().groups;
    expect(mixed).toMatchObject({
      mixedLabels: true,
      acrossParts: ['train', 'test'],
      decided: false,
      images: 2,
    });
    // It was aligned with the image that is not first: the change is reported in reverse.
    expect(mixed!.twins[0]!.change).toEqual({ mirrored: false, turned: 270, rotated: -4 });
    expect(across).toMatchObject({ mixedLabels: false, acrossParts: ['train', 'test'] });
    expect(large).toMatchObject({ acrossParts: [], images: 4, dropped: [] });
    expect(large!.twins[0]).toMatchObject({ exact: false, correlation: 0.99, change: { mirrored: true } });
    expect(large!.first).toEqual(registry.images.get(ids.get('l3')!));
    expect(exact!.twins[0]).toMatchObject({ exact: true, correlation: 1, change: null });
  });

  test('tells of one scan in several class folders that were put together as one class', () => {
    const files = [
      ['meningioma/a', 'tumour'],
      ['pituitary/b', 'tumour'],
      ['Glioma/c', 'tumour'],
      ['glioma/d', 'tumour'],
      ['no/e', 'no tumour'],
      ['train/meningioma/f', 'tumour'],
    ] as const;
    const told = files.map(([file, className]) => ({
      ...sample.image(file, className),
      sha256: sha256(file),
    }));
    registry.datasets.add(
      { ...sample.dataset('ds-1'), classes: ['no tumour', 'tumour'], positive: 'tumour' },
      told,
      [],
    );
    const merged = ['glioma', 'meningioma', 'pituitary'];
    const source = {
      ...{ reader: '1', plane: null, slices: null, archive: null, labels: null },
      classes: [
        { name: 'tumour', of: merged },
        { name: 'no tumour', of: ['no'] },
      ],
    };
    registry.imports.setSource('ds-1', source);
    const [a, b, c, d, e, f] = registry.images.list('ds-1').map(({ id }) => id) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    putTwins(registry, 'ds-1', [
      [c, d],
      [a, b],
      [e, f],
    ]);
    expect(page().groups.map((group) => [names(group), group.mixedLabels, group.mergedClasses])).toEqual([
      ['e f', true, []],
      ['a b', false, ['meningioma', 'pituitary']],
      ['c d', false, []],
    ]);
    expect(shown('merged-classes')).toEqual(['a b']);
    expect(checkView(registry, 'ds-1')).toMatchObject({
      ...{ mixedLabels: 1, mixedImages: 2, mergedClasses: 1, mergedImages: 2 },
    });
    // It is unknown which of them a table's labels came from.
    registry.close();
    registry = made.registry = Registry.open(made.home);
    registry.imports.setSource('ds-1', { ...source, labels: { file: 'labels.csv', patients: false } });
    expect(checkView(registry, 'ds-1')).toMatchObject({ mergedClasses: 0, mergedImages: 0 });
  });

  test('is paged through, and filtered', () => {
    seed();
    expect(page('all', 1, 2).groups.map(names)).toEqual(['x1 x2', 'l3 l1 l2 l4']);
    expect(page('all', 1, 2).total).toBe(4);
    expect(page('all', 4, 2)).toEqual({ total: 4, groups: [] });
    expect(shown('mixed-labels')).toEqual(['m2 m1']);
    expect(shown('across-parts')).toEqual(['m2 m1', 'x1 x2']);
    expect(shown('dropped')).toEqual([]);
  });

  test('shows 200 twins of a group at most, and how many there are', () => {
    const told = Array.from({ length: 301 }, (_, n) => ({
      name: String(n).padStart(3, '0'),
      contents: 'one',
    }));
    ids = addDataset(registry, 'ds-1', told);
    const [group] = page().groups;
    expect(group!.twins).toHaveLength(200);
    expect(group!.images).toBe(301);
    expect(dropTwins({ registry, datasetId: 'ds-1' }).dropped).toBe(300);
  });

  test('is outdated once it was made of other images', () => {
    seed();
    const check = registry.checks.record('ds-1')!;
    registry.checks.put({ ...check, datasetHash: 'f'.repeat(64) }, []);
    expect(checkView(registry, 'ds-1').outdated).toBe(true);
  });

  test('says whether an older method made it, or the audit of shortcuts', () => {
    seed();
    const check = registry.checks.record('ds-1')!;
    const older = () => checkView(registry, 'ds-1').older;
    const audit = {
      datasetId: 'ds-1',
      created: check.created,
      seed: 7,
      seconds: 1,
      shortcuts: [],
      means: [],
    };
    expect(older()).toEqual({ check: true, shortcuts: false }); // `twins-1`
    registry.checks.put({ ...check, method: CHECK_METHOD }, registry.checks.links('ds-1'));
    registry.checks.putShortcuts({ ...audit, method: 'shortcuts-0' });
    expect(older()).toEqual({ check: false, shortcuts: true });
    registry.checks.putShortcuts({ ...audit, method: SHORTCUT_METHOD });
    expect(older()).toEqual({ check: false, shortcuts: false });
  });

  test('says where a twin hangs on another than the first', () => {
    ids = addDataset(registry, 'ds-1', [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' }]);
    putTwins(registry, 'ds-1', [
      [ids.get('a')!, ids.get('b')!],
      [ids.get('a')!, ids.get('c')!],
      [ids.get('c')!, ids.get('d')!, { correlation: 0.93, detail: 0.9 }],
    ]);
    expect(shown()).toEqual(['a b c d']);
    expect(page().groups[0]!.twins[2]).toMatchObject({ exact: false, correlation: 0.93, change: null });
  });
});

describe('a decision', () => {
  test('to drop leaves a group that is settled in its place', () => {
    seed();
    const view = say('drop', 'm2');
    expect(view).toMatchObject({
      mixedLabels: 0,
      acrossParts: 1,
      undecided: 3,
      dropped: 1,
      groups: 4,
      decisions: 1,
    });
    expect(view.leaked).toEqual({ count: 1, of: 2 });
    expect(view.undo).toMatchObject({ kind: 'drop', images: 1 });
    expect(held('undo')).toMatchObject({ kind: 'drop', imageIds: of('m2') });
    expect(shown()).toEqual(['m2 m1', 'x1 x2', 'l3 l1 l2 l4', 'e1 e2']);
    expect(page().groups[0]).toMatchObject({
      mixedLabels: false,
      acrossParts: [],
      dropped: of('m2'),
      decided: true,
    });
    expect(shown('dropped')).toEqual(['m2 m1']);
    expect(shown('mixed-labels')).toEqual([]);
  });

  test('to keep decides a group when all of it was looked at, and brings dropped images back', () => {
    seed();
    expect(say('keep', 'l1 l2').undecided).toBe(4);
    expect(say('keep', 'l3 l4').undecided).toBe(3);
    expect(say('drop', 'l1').dropped).toBe(1);
    expect(say('keep', 'l1').dropped).toBe(0);
  });

  test('that images are no twins takes a group apart', () => {
    seed();
    const view = say('not-twins', 'x1 x2');
    expect(view).toMatchObject({ groups: 3, distinctScans: 7, leaked: { count: 1, of: 3 } });
    expect(say('not-twins', 'l3 l4').distinctScans).toBe(8);
    expect(shown()).toEqual(['m2 m1', 'l3 l1 l2', 'e1 e2']);
    expect(shown('undecided')).toEqual(['m2 m1', 'e1 e2']);
  });

  test.each([
    ['l1 l2', /matched with another.*first of their group too: "Healthy\/l3"/],
    ['e1 e2', /the same byte for byte/],
    ['s1 s2', /no match to reject\.$/],
  ])('that %s are no twins, which changes nothing, is refused', (names, said) => {
    seed();
    expect(() => say('not-twins', names)).toThrow(
      expect.objectContaining({ code: 'bad-usage', message: expect.stringMatching(said) }),
    );
    expect(registry.checks.decisions('ds-1')).toEqual([]);
  });

  test.each(['same-patient', 'not-twins'] as const)('%s about one image alone is refused', (kind) => {
    seed();
    expect(() => say(kind, 'x1 x1')).toThrow(expect.objectContaining({ code: 'bad-usage' }));
    expect(registry.checks.decisions('ds-1')).toEqual([]);
  });

  test('to drop all twins keeps the first of each, but leaves groups with both labels and what was decided', () => {
    seed();
    say('keep', 'x1 x2');
    const view = dropTwins({ registry, datasetId: 'ds-1' });
    expect(view.undo).toMatchObject({ kind: 'drop', images: 4 });
    expect(view.undo).not.toHaveProperty('imageIds'); // there may be a hundred thousand
    expect(held('undo')!.imageIds).toEqual(of('l1 l2 l4 e2').sort((a, b) => a - b));
    expect(view).toMatchObject({ undecided: 1, dropped: 4, distinctScans: 6 });
    expect(() => dropTwins({ registry, datasetId: 'ds-1' })).toThrow(
      /no twins left to drop; 1 group with both labels/,
    );
    expect(undo({ registry, datasetId: 'ds-1' })).toMatchObject({ undecided: 3, dropped: 0 });
  });

  test('to drop all twins keeps neighbouring slices, also where they have copies of their own', () => {
    ids = addDataset(registry, 'ds-1', [
      ...['a', 'a copy', 'b', 'c', 'c again', 'd', 'e'].map((name) => ({ name })),
      { name: 'b again', contents: 'Healthy/b' },
    ]);
    const next = { mirrored: false, turned: 0 as const, rotated: 0, nextSlice: true };
    const idOf = (name: string) => ids.get(name)!;
    putTwins(registry, 'ds-1', [
      [idOf('a'), idOf('a copy')],
      [idOf('a'), idOf('b'), { change: next }],
      [idOf('a'), idOf('c'), { change: next }],
      [idOf('c'), idOf('c again')],
      [idOf('d'), idOf('e'), { change: next }],
    ]);
    expect(shown()).toEqual(['a a copy b b again c c again', 'd e']);
    const [large] = page().groups;
    expect(large!.twins.map(({ change }) => change?.nextSlice ?? false)).toEqual([
      ...[false, true, false, true, false],
    ]);
    dropTwins({ registry, datasetId: 'ds-1' });
    expect(page('dropped').groups[0]!.dropped.map((id) => nameOf(registry.images.get(id)))).toEqual([
      'a copy',
      'b again',
      'c again',
    ]);
    expect(() => dropTwins({ registry, datasetId: 'ds-1' })).toThrow(
      /no twins left to drop; 1 group holds neighbouring slices, which stay/,
    );
  });

  test('to drop all twins keeps what lies alike and is numbered as slices are, unless it is the same to the last detail', () => {
    const names = ['p1 slice 031', 'p1 slice 032', 'p1 slice 060', 'p1 slice 031 again', 'p1 slice 033'];
    ids = addDataset(
      registry,
      'ds-1',
      names.map((name) => ({ name })),
    );
    const straight = { mirrored: false, turned: 0 as const, rotated: 0.4 };
    const [first, ...others] = names.map((name) => ids.get(name)!);
    putTwins(registry, 'ds-1', [
      [first!, others[0]!, { change: straight, detail: 0.99 }],
      [first!, others[1]!, { change: straight, detail: 0.99 }],
      [first!, others[2]!, { change: straight, detail: 0.99 }],
      [first!, others[3]!, { change: straight, detail: 0.9995 }],
    ]);
    dropTwins({ registry, datasetId: 'ds-1' });
    expect(page('dropped').groups[0]!.dropped.map((id) => nameOf(registry.images.get(id)))).toEqual([
      'p1 slice 031 again',
      'p1 slice 033',
      'p1 slice 060',
    ]);
  });

  test.each([
    ['of a volume saved slice by slice keeps every slice', 3, ['p1 slice 003 copy']],
    [
      'of numbered scans keeps what is no copy',
      2,
      ['p1 slice 003 copy', 'p1 slice 040', 'p1 slice 041', 'p1 slice 042'],
    ],
  ])('to drop all twins %s', (_, marked, dropped) => {
    const names = ['003', '004', '005', '006', '007', '040', '041', '042', '003 copy'].map(
      (number) => `p1 slice ${number}`,
    );
    ids = addDataset(
      registry,
      'ds-1',
      names.map((name) => ({ name })),
    );
    const [first, ...others] = names.map((name) => ids.get(name)!);
    const turned = { mirrored: true, turned: 0 as const, rotated: 3 };
    const next = { mirrored: false, turned: 0 as const, rotated: 0, nextSlice: true };
    const straight = { mirrored: false, turned: 0 as const, rotated: 0 };
    putTwins(
      registry,
      'ds-1',
      others.map((other, at) => [
        first!,
        other,
        // The first few are neighbours by their pixels or by their names, the copy is neither, and the others are aligned differently.
        at < 4 ? { change: at < marked ? next : straight, detail: 0.99 } : { change: turned, detail: 0.9999 },
      ]),
    );
    const isNext = (name: string) =>
      page().groups[0]!.twins.find(({ image }) => nameOf(image) === name)!.change?.nextSlice ?? false;
    // The fourth matches the first like a copy; in a volume it is marked because of its name.
    expect(['p1 slice 004', 'p1 slice 007', 'p1 slice 040', 'p1 slice 003 copy'].map(isNext)).toEqual([
      true,
      dropped.length === 1,
      false,
      false,
    ]);
    dropTwins({ registry, datasetId: 'ds-1' });
    expect(page('dropped').groups[0]!.dropped.map((id) => nameOf(registry.images.get(id)))).toEqual(dropped);
  });

  test('is taken back and brought back, over a restart, and a new one ends that', () => {
    seed();
    const restarted = () => {
      registry.close();
      registry = made.registry = Registry.open(made.home);
      return { registry, datasetId: 'ds-1' };
    };
    say('drop', 'l1');
    say('drop', 'x2');
    expect(undo(restarted())).toMatchObject({ dropped: 1, decisions: 1, redo: { images: 1 } });
    expect(held('redo')!.imageIds).toEqual(of('x2'));
    expect(undo(restarted())).toMatchObject({ dropped: 0, undo: null });
    expect(held('redo')!.imageIds).toEqual(of('l1'));
    expect(() => undo(restarted())).toThrow(expect.objectContaining({ code: 'bad-usage' }));
    expect(redo(restarted())).toMatchObject({ dropped: 1 });
    expect(held('redo')!.imageIds).toEqual(of('x2'));
    say('drop', 'e1');
    expect(() => redo(restarted())).toThrow(/no decision about "ds-1" to redo/);
    expect(checkView(registry, 'ds-1')).toMatchObject({ dropped: 2, decisions: 2, redo: null });
  });
});
