import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClassChoice } from '../../src-main/contract/labels.ts';
import { nameTogether } from '../../src-main/contract/labels.ts';
import { suggestedClasses } from '../../src-main/import/choose-classes.ts';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { parseClasses } from '../../src-main/shells/cli/class-option.ts';
import { layOut } from './folders.ts';
import { inEnglish } from '../../src-main/contract/messages/say.ts';

let root: string;
let registry: Registry;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-classes-'));
  registry = Registry.open(path.join(root, 'home'));
});
afterAll(() => {
  registry.close();
  rmSync(root, { recursive: true });
});

/** As in public data sets with several tumour types. */
const kinds = (name: string): Promise<string> =>
  layOut(path.join(root, name), {
    'Training/glioma/a.png': null,
    'Training/meningioma/b.png': null,
    'Training/notumor/c.png': null,
    'Testing/pituitary/d.png': null,
    'Testing/notumor/e.png': null,
  });

const merged: ClassChoice[] = [
  { name: 'tumour', of: ['Glioma', 'meningioma', 'pituitary'] },
  { name: 'notumor', of: ['notumor'] },
];
const classesOf = (id: string) =>
  registry.images.list(id).map(({ file, className, givenPart }) => [file, className, givenPart]);

describe('several class folders that count as one', () => {
  test('are imported as that one, also the next time, until one of them is gone', async () => {
    const folder = await kinds('kinds');
    const { dataset, classes, positive, warnings } = await importFolder({
      registry,
      folder,
      classes: merged,
    });
    expect([classes, positive, warnings]).toEqual([{ notumor: 2, tumour: 3 }, 'tumour', []]);
    expect(classesOf(dataset.id)).toEqual([
      ['Testing/notumor/e.png', 'notumor', 'test'],
      ['Testing/pituitary/d.png', 'tumour', 'test'],
      ['Training/glioma/a.png', 'tumour', 'train'],
      ['Training/meningioma/b.png', 'tumour', 'train'],
      ['Training/notumor/c.png', 'notumor', 'train'],
    ]);

    const again = await importFolder({ registry, folder });
    expect([again.existing, again.dataset.id]).toEqual([true, dataset.id]);
    const other = await importFolder({
      registry,
      folder,
      classes: [merged[1]!, { name: 'glioma', of: ['glioma'] }],
    });
    expect([other.existing, other.classes]).toEqual([false, { glioma: 1, notumor: 2 }]);

    rmSync(path.join(folder, 'Training/meningioma'), { recursive: true });
    rmSync(path.join(folder, 'Testing/pituitary'), { recursive: true });
    renameSync(path.join(folder, 'Training/glioma'), path.join(folder, 'Training/tumor'));
    expect((await importFolder({ registry, folder })).classes).toEqual({ notumor: 2, tumor: 1 });
  });

  test('are labels of a table just as well', async () => {
    const folder = await layOut(path.join(root, 'table'), {
      'a.png': null,
      'b.png': null,
      'c.png': null,
      'd.png': null,
      'labels.csv': 'file,label\na.png,glioma\nb.png,Pituitary\nc.png,NoTumor\nd.png,unsure\n',
    });
    const labels = { file: path.join(folder, 'labels.csv') };
    const classes = [{ name: 'tumour', of: ['glioma', 'pituitary'] }, merged[1]!];
    const imported = await importFolder({ registry, folder, labels, classes });
    expect([imported.classes, imported.warnings.map(inEnglish)]).toEqual([
      { NoTumor: 1, tumour: 2 },
      ['Files with other labels were left out: "unsure" (1).'],
    ]);
  });

  test('are offered where the names tell which are findings', async () => {
    const folder = await kinds('offered');
    await expect(importFolder({ registry, folder })).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringContaining('--classes "tumor=glioma+meningioma+pituitary,notumor")'),
      facts: {
        classes: ['glioma', 'meningioma', 'notumor', 'pituitary'],
        suggested: [{ name: 'tumor' }, merged[1]],
      },
    });
    expect(registry.datasets.list().some((dataset) => dataset.folder === folder)).toBe(false);
  });

  test.each<[string, ClassChoice[]]>([
    ['one class', [merged[0]!]],
    ['a folder in both', [merged[0]!, { name: 'none', of: ['GLIOMA'] }]],
    ['one name for both', [merged[0]!, { name: 'Tumour', of: ['notumor'] }]],
    ['three', [...merged, { name: 'x', of: ['x'] }]],
  ])('are refused: %s', async (_, classes) => {
    const folder = await kinds('refused');
    await expect(importFolder({ registry, folder, classes })).rejects.toMatchObject({ code: 'bad-usage' });
  });
});

test.each<[string[], string[][] | null]>([
  [
    ['glioma_tumor', 'meningioma_tumor', 'no_tumor', 'pituitary_tumor'],
    [['glioma_tumor', 'meningioma_tumor', 'pituitary_tumor'], ['no_tumor']],
  ],
  [['Astrocitoma T1', 'Normal', 'Tumour'], null], // one of them is uninformative
  [['glioma', 'meningioma', 'pituitary'], null], // no scan without a tumour
  [
    ['HGG', 'LGG', 'healthy', 'control'],
    [
      ['HGG', 'LGG'],
      ['healthy', 'control'],
    ],
  ],
])('which of %j are findings', (names, of) => {
  expect(suggestedClasses(names)?.map((one) => one.of) ?? null).toEqual(of);
});

test.each<[string[], string[], string]>([
  [['glioma', 'pituitary'], ['no_tumor'], 'tumor'],
  [['glioma', 'pituitary'], ['No Tumour'], 'Tumour'],
  [['mild', 'severe'], ['non-demented'], 'demented'],
  [['ischaemic', 'haemorrhagic'], ['without stroke'], 'stroke'],
  [['교모세포종', '수막종'], ['종양없음'], '종양'],
  [['HGG', 'LGG'], ['normal'], 'HGG+LGG'], // not "rmal"
  [['HGG', 'LGG'], ['healthy', 'control'], 'HGG+LGG'],
  [['healthy', 'control'], ['HGG', 'LGG'], 'healthy+control'],
  [['glioma'], ['no_tumor'], 'glioma'],
  [Array.from({ length: 30 }, (_, n) => `kind ${n}`), ['normal'], 'kind 0+29'],
])('%j beside %j are called %s together', (of, others, name) => {
  expect(nameTogether(of, others)).toBe(name);
});

test('the command line names two classes, and what they are made of', () => {
  expect(parseClasses('yes, no')).toEqual([
    { name: 'yes', of: ['yes'] },
    { name: 'no', of: ['no'] },
  ]);
  expect(parseClasses('tumour = glioma + HGG,no tumor')).toEqual([
    { name: 'tumour', of: ['glioma', 'HGG'] },
    { name: 'no tumor', of: ['no tumor'] },
  ]);
  for (const typed of ['', 'a', 'a,b,c', 'a=,b', '=a,b', 'a=b+,c'])
    expect(() => parseClasses(typed)).toThrow();
});
