import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { decide, dropTwins, redo, undo } from '../../src-main/check/decisions.ts';
import { checkView, groupPage, prepareOpening } from '../../src-main/check/view.ts';
import { GROUPS_SHOWN, type GroupFilter } from '../../src-main/contract/check.ts';
import { backUpInUse } from '../../src-main/registry/backups.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { addDataset, newRegistry, putTwins, TUMOUR } from './dataset.ts';

/*
 * The first view of a check is stored, so that a freshly started Falx need not read all images and twins. Whatever happens
 * to a dataset, the stored view must equal the computed one.
 */

let made: ReturnType<typeof newRegistry>;
let ids: number[];
const ds = 'ds-1';
beforeEach(() => {
  made = newRegistry();
  ids = [
    ...addDataset(
      made.registry,
      ds,
      Array.from({ length: 60 }, (_, n) => ({
        name: String(n),
        ...(n % 7 === 0 ? { className: TUMOUR } : {}),
        ...(n % 3 === 0 ? { given: 'test' as const } : { given: 'train' as const }),
        ...(n % 5 === 0 ? { patient: `p${n % 4}` } : {}),
      })),
    ).values(),
  ];
  putTwins(made.registry, ds, pairs());
});
afterEach(() => made.remove());

const pairs = (every = 2): [number, number][] =>
  ids.flatMap((id, n): [number, number][] => (n % every === 1 ? [[ids[n - 1]!, id]] : []));
const file = () => path.join(made.home, 'cache', `${ds}-check.json`);

/** As another process reads it. */
function reopened<T>(look: (registry: Registry) => T): T {
  made.registry.close();
  made.registry = Registry.open(made.home);
  return look(made.registry);
}

const page = (registry: Registry, filter: GroupFilter = 'all', offset = 0) =>
  groupPage(registry, { datasetId: ds, filter, offset, limit: GROUPS_SHOWN });
const shown = (registry: Registry) => ({ view: checkView(registry, ds), page: page(registry) });
/** Whether all images of a dataset were read. */
function reads<T>(look: (registry: Registry) => T): { read: boolean; found: T } {
  return reopened((registry) => {
    const pages = vi.spyOn(registry.checks, 'outlinePages');
    const found = look(registry);
    return { read: pages.mock.calls.length > 0, found };
  });
}

test('what was prepared need not be read when it is first opened', async () => {
  await prepareOpening(made.registry, ds);
  const { read, found } = reads(shown);
  expect(read).toBe(false);
  expect(found.page.total).toBe(pairs().length);
});

/** Expects the stored view to equal the computed one. */
function expectStoredEqualsComputed(): void {
  const kept = reopened(shown);
  rmSync(file(), { force: true });
  expect(kept).toEqual(reopened(shown));
}

test('is shown without reading all images, from the second time on', () => {
  const first = reads(shown);
  expect(first.read).toBe(true);
  expect(reads(shown)).toEqual({ read: false, found: first.found });
  expect(first.found.page).toMatchObject({ total: 30 });
  expect(first.found.page.groups).toHaveLength(GROUPS_SHOWN);
  // Other pages and other filters are computed.
  expect(reads((registry) => page(registry, 'all', GROUPS_SHOWN)).read).toBe(true);
  expect(reads((registry) => page(registry, 'undecided')).read).toBe(true);
});

test('is kept by each decision, so that it is shown at once after a restart', () => {
  decide({ registry: made.registry, datasetId: ds, kind: 'drop', imageIds: [ids[1]!] });
  const { read, found } = reads(shown);
  expect(read).toBe(false);
  expect(found.view).toMatchObject({ dropped: 1, undecided: 29 });
  expect(found.page.groups.some(({ dropped }) => dropped.includes(ids[1]!))).toBe(true);
});

describe('is the same as recomputed', () => {
  const of = () => ({ registry: made.registry, datasetId: ds });
  test.each<[string, () => void]>([
    ['after a decision', () => void decide({ ...of(), kind: 'drop', imageIds: [ids[1]!] })],
    ['after another', () => void decide({ ...of(), kind: 'same-patient', imageIds: ids.slice(0, 4) })],
    ['after a denial', () => void decide({ ...of(), kind: 'not-twins', imageIds: ids.slice(2, 4) })],
    ['after all were dropped', () => void dropTwins(of())],
    [
      'after an undo',
      () => {
        dropTwins(of());
        undo(of());
      },
    ],
    [
      'after a redo',
      () => {
        dropTwins(of());
        undo(of());
        redo(of());
      },
    ],
    [
      'after another decision in the place of one that was undone',
      () => {
        decide({ ...of(), kind: 'drop', imageIds: [ids[1]!] });
        reopened(shown);
        undo(of());
        decide({ ...of(), kind: 'drop', imageIds: [ids[3]!] });
      },
    ],
    ['after another check', () => putTwins(made.registry, ds, pairs(3))],
    [
      'after a search between parts added twins',
      () => {
        const { correlation, detail, change } = made.registry.checks.links(ds)[0]!;
        made.registry.checks.join(ds, [{ firstId: ids[0]!, otherId: ids[9]!, correlation, detail, change }]);
      },
    ],
    [
      'after an import that put folders together as one class',
      () =>
        made.registry.imports.setSource(ds, {
          ...{ reader: '1', plane: null, slices: null, archive: null, labels: null },
          classes: [{ name: TUMOUR, of: [TUMOUR, 'Healthy'] }],
        }),
    ],
    [
      'after its positive class was set',
      () => void made.registry.datasets.update(ds, { positive: 'Healthy' }),
    ],
    ['after it was renamed', () => void made.registry.datasets.update(ds, { name: 'renamed' })],
  ])('%s', (_, change) => {
    shown(made.registry);
    change();
    expectStoredEqualsComputed();
  });

  test('after what another process decided', () => {
    shown(made.registry);
    const other = Registry.open(made.home);
    dropTwins({ registry: other, datasetId: ds });
    other.close();
    expect(checkView(made.registry, ds).undecided).toBeLessThan(30);
    expectStoredEqualsComputed();
  });

  test('after a backup took the registry’s place, with as many decisions as were made since', async () => {
    const decideOn = (id: number) => decide({ ...of(), kind: 'drop', imageIds: [id] });
    const backup = await backUpInUse(made.registry.file);
    decideOn(ids[1]!);
    await made.registry.restore(backup.file);
    decideOn(ids[3]!);
    expect(page(made.registry).groups.flatMap(({ dropped }) => dropped)).toEqual([ids[3]]);
    expect(reopened(page).groups.flatMap(({ dropped }) => dropped)).toEqual([ids[3]]);
    expectStoredEqualsComputed();
  });
});

test('is recomputed where the stored one is damaged, or can’t be stored', () => {
  const whole = shown(made.registry);
  const kept = readFileSync(file());
  for (const at of [0, 70, kept.length - 5]) {
    const damaged = Buffer.from(kept);
    damaged[at]! ^= 4;
    writeFileSync(file(), damaged);
    expect(reads(shown)).toEqual({ read: true, found: whole });
  }
  writeFileSync(file(), kept.subarray(0, 1000));
  expect(reads(shown)).toEqual({ read: true, found: whole });
  expect(reads(shown).read).toBe(false);
  // A file where the folder should be.
  rmSync(path.dirname(file()), { recursive: true });
  writeFileSync(path.dirname(file()), '');
  expect(reads(shown)).toEqual({ read: true, found: whole });
  expect(existsSync(file())).toBe(false);
});
