import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { attributeOf, attributesIn, inOrderOfValues } from '../../src-main/import/attributes.ts';
import { addDataset, HEALTHY, newRegistry, TUMOUR, type Made } from '../check/dataset.ts';

let made: Made;
let ids: Map<string, number>;
let place: string;
beforeEach(() => {
  made = newRegistry();
  place = mkdtempSync(path.join(tmpdir(), 'falx-attributes-'));
  ids = addDataset(
    made.registry,
    'ds-1',
    Array.from({ length: 12 }, (_, n) => ({
      name: `site${n % 2}/${n}.png`,
      className: n % 3 ? TUMOUR : HEALTHY,
      ...(n < 6 ? { series: `1.2.${n % 2}` } : {}),
    })),
  );
});
afterEach(() => {
  made.remove();
  rmSync(place, { recursive: true });
});

const dataset = () => made.registry.datasets.get('ds-1');
const of = (by: string, csv?: string) =>
  attributeOf(made.registry, dataset(), { by, ...(csv ? { csv } : {}) });
const table = (text: string) => {
  const csv = path.join(place, 'scans.csv');
  writeFileSync(csv, text);
  return csv;
};
const names = [...Array(12).keys()].map((n) => `site${n % 2}/${n}.png`);

describe('without a table', () => {
  test('images are told apart by the folder beside that of their class, and by what headers say', async () => {
    expect(attributesIn(made.registry, 'ds-1')).toEqual(['folder', 'modality', 'series']);
    const folders = await of('Folder');
    expect(names.map((name) => folders.get(ids.get(name)!))).toEqual(names.map((name) => name.slice(0, 5)));
    const series = await of('series');
    expect(names.map((name) => series.get(ids.get(name)!))).toEqual(
      names.map((_, n) => (n < 6 ? `1.2.${n % 2}` : undefined)),
    );
  });

  test('a name that is none of these says which there are, and asks for the table', async () => {
    await expect(of('scanner')).rejects.toMatchObject({
      code: 'bad-usage',
      message: expect.stringMatching(/"scanner".*folder.*modality.*--csv FILE/),
    });
  });
});

describe('with a table', () => {
  test('each image has its row’s cell, found by its name, and numbers of many values are cut at their quartiles', async () => {
    const csv = table(
      `file,Scanner,age\n${names.map((name, n) => `${path.basename(name)},${n < 7 ? 'GE' : ''},${20 + n}`).join('\n')}\n`,
    );
    const scanners = await of('scanner', csv);
    expect(names.map((name) => scanners.get(ids.get(name)!))).toEqual(
      names.map((_, n) => (n < 7 ? 'GE' : undefined)),
    );
    const ages = await of('age', csv);
    // 20 … 31: quartiles at 22.75, 25.5, 28.25.
    expect(names.map((name) => ages.get(ids.get(name)!))).toEqual(
      names.map((_, n) =>
        n < 3 ? '≤ 22.75' : n < 6 ? '22.75 < … ≤ 25.5' : n < 9 ? '25.5 < … ≤ 28.25' : '> 28.25',
      ),
    );
    expect(inOrderOfValues(new Set(ages.values()))).toEqual([
      '≤ 22.75',
      '22.75 < … ≤ 25.5',
      '25.5 < … ≤ 28.25',
      '> 28.25',
    ]);
  });

  test('a column that is not there is named with the table and those that are', async () => {
    await expect(of('site', table('file,scanner\n0.png,GE\n'))).rejects.toMatchObject({
      code: 'bad-usage',
      message: expect.stringMatching(/"scans\.csv" has no column "site".*scanner/),
    });
  });

  test('a table of other files is told by one of its rows, one of the dataset’s, and what to write', async () => {
    await expect(of('site', table('path,site\nelse/1_a.jpg,A\n'))).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringMatching(
        /"scans\.csv".*"path" has, for example, "else\/1_a\.jpg".*Healthy\/site0\/0\.png.*in that column, give/,
      ),
    });
  });

  test('a column with a value for nearly each image is no subgroup', async () => {
    const many = Array.from({ length: 40 }, (_, n) => ({ name: `${n}.png` }));
    addDataset(made.registry, 'ds-2', many);
    const csv = table(`file,note\n${many.map(({ name }, n) => `${name},note ${n}`).join('\n')}\n`);
    await expect(
      attributeOf(made.registry, made.registry.datasets.get('ds-2'), { by: 'note', csv }),
    ).rejects.toMatchObject({ facts: { why: 'attributeManyValues', count: 40 } });
  });
});
