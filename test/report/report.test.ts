import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checklist } from '../../src-main/contract/checklists.ts';
import type { Report } from '../../src-main/report/blocks.ts';
import { breakableText, cellText, piecesOf, plainText } from '../../src-main/report/blocks.ts';
import { htmlOf } from '../../src-main/report/html.ts';
import { forestFigure } from '../../src-main/report/figures/figures.ts';
import { latexTable } from '../../src-main/report/latex.ts';
import { reportPdf } from '../../src-main/report/pdf.ts';
import { Recipe, SealedRecipe } from '../../src-main/report/recipe.ts';
import { reportOn } from '../../src-main/report/report-handlers.ts';
import { writeReport } from '../../src-main/report/write-report.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { sha256Of } from '../../src-main/system/hashes.ts';
import { addDataset, addTwinned, HEALTHY, newRegistry, TUMOUR, type Made } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';

const HOSTILE = `<img src=x onerror="alert(1)">'&`;

let made: Made;
let folder: string;
let splitId: string;
const reports = new Map<string, Promise<Report>>();
beforeAll(() => {
  made = newRegistry();
  folder = mkdtempSync(path.join(tmpdir(), 'falx-report-'));
  addTwinned(made.registry, 'ds-1', 40);
  splitId = makeSplit({ registry: made.registry, datasetId: 'ds-1', test: 0.5, validation: 0.1 }).split.id;
  for (const [at, id] of ['run-a', 'run-b'].entries()) addRun(id, at);
  for (const [at, id] of nine.entries()) addRun(id, at + 1);
});
afterAll(() => {
  made.remove();
  rmSync(folder, { recursive: true, force: true });
});

const nine = Array.from({ length: 9 }, (_, at) => `run-seed${at}`);

/** A run that is right except for every third positive image. */
function addRun(id: string, at: number): void {
  const { registry } = made;
  registry.runs.add({
    ...sample.run(id, splitId),
    name: at === 0 ? HOSTILE : null,
    status: 'done',
    bestEpoch: 1,
  });
  const classes = new Map(registry.images.list('ds-1').map((image) => [image.id, image.className]));
  const tested = registry.parts.list(splitId).filter(({ part }) => part === 'test');
  registry.testPredictions.replace(
    id,
    tested.map(({ imageId }, place) => ({
      imageId,
      probability: classes.get(imageId) === TUMOUR ? (place % 3 === at ? 0.2 : 0.9) : 0.1,
    })),
  );
  registry.metrics.put({ ...sample.metrics(id), images: tested.length });
}

function report(language: 'en' | 'ko' = 'en'): Promise<Report> {
  const known =
    reports.get(language) ??
    reportOn({
      registry: made.registry,
      runIds: ['run-a', 'run-b'],
      language,
      recipeName: 'r.reproduce.json',
    });
  reports.set(language, known);
  return known;
}

const tableOf = ({ sections }: Report, name: string) => {
  for (const { blocks } of sections)
    for (const block of blocks) if (block.kind === 'table' && block.name === name) return block;
  throw new Error(`no table ${name}`);
};

describe('a report', () => {
  it('is one page that asks for nothing, with the notice, and lets no name become markup', async () => {
    const page = htmlOf(await report());
    expect(page).toContain('Research use only, not for diagnosis');
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<link|@import|url\(|src="(?!data:)|href="(?!#)/);
    expect(page).not.toContain('<img src=x');
    expect(page).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&amp;');
    // Each drawing is well-formed: as many closing as opening tags.
    expect(page.match(/<svg /g)).toHaveLength(7);
    expect(page.match(/<text /g)!.length).toBe(page.match(/<\/text>/g)!.length);
  });

  it('says the same figures as the evidence', async () => {
    const rows = tableOf(await report(), 'per-scan').rows.map((row) => row.map(cellText));
    const accuracy = rows.find(([label]) => label === 'accuracy')!;
    // 20 positives… counted here from the runs' predictions.
    const { registry } = made;
    const { groupOf } = groupsOfTest();
    const answers = registry.testPredictions.list('run-a');
    const scans = new Map<string, { label: number; sum: number; count: number }>();
    for (const { imageId, label, probability } of answers) {
      const key = groupOf(imageId);
      const scan = scans.get(key) ?? { label, sum: 0, count: 0 };
      scans.set(key, { label, sum: scan.sum + probability, count: scan.count + 1 });
    }
    const right = [...scans.values()].filter(({ label, sum, count }) => sum / count >= 0.5 === (label === 1));
    const share = ((100 * right.length) / scans.size).toFixed(1);
    expect(accuracy[1]).toMatch(new RegExp(`^${share.replace('.', '\\.')}%`));
  });

  it('answers or leaves to the author each of the 44 items of CLAIM and the 52 of TRIPOD+AI, in both languages', async () => {
    expect(checklist('claim').map(([number]) => number)).toEqual(
      Array.from({ length: 44 }, (_, i) => String(i + 1)),
    );
    expect(checklist('tripod')).toHaveLength(52);
    expect(new Set(checklist('tripod').map(([number]) => Number.parseInt(number)))).toEqual(
      new Set(Array.from({ length: 27 }, (_, i) => i + 1)),
    );
    for (const language of ['en', 'ko'] as const) {
      const one = await report(language);
      const ids = new Set(one.sections.map(({ id }) => id));
      for (const name of ['claim', 'tripod'] as const)
        for (const [number, words, where] of tableOf(one, name).rows) {
          expect(cellText(words!), `${name} ${cellText(number!)}`).not.toBe('');
          if (typeof where === 'object') for (const to of where.to) expect(ids).toContain(to);
        }
    }
  });

  it('has no English sentence in Korean but names', async () => {
    const one = await report('ko');
    const sections = one.sections.filter(({ id }) => id !== 'references');
    const page = htmlOf({ ...one, sections }).replaceAll(/<style>.*?<\/style>/gs, '');
    expect(page).toContain('연구용이며 진단에 사용할 수 없음');
    expect(/.{0,40}\b(the|with|were|which|of all)\b/.exec(page)?.[0]).toBeUndefined();
  });

  it('has what a run is worth on another dataset, without scans that it met before', async () => {
    const { registry } = made;
    const told = Array.from({ length: 12 }, (_, at) => ({
      name: `x${at}.png`,
      className: at % 2 === 0 ? TUMOUR : HEALTHY,
    }));
    const ids = [...addDataset(registry, 'ds-9', told).values()];
    registry.studies.putValidation({
      runId: 'run-a',
      datasetId: 'ds-9',
      created: new Date().toISOString(),
      threshold: 0.5,
      unread: 0,
      // Two were in training; of the ten others one positive is missed.
      answers: ids.map((imageId, at) => ({
        imageId,
        probability: at === 2 ? 0.1 : at % 2 === 0 ? 0.9 : 0.2,
        group: at,
        seen: at < 2 ? 'train' : null,
        exact: at < 2,
      })),
    });
    const one = await reportOn({ registry, runIds: ['run-a'], language: 'en', recipeName: 'r.json' });
    const [row] = tableOf(one, 'external').rows.map((cells) => cells.map(cellText));
    expect(row!.slice(1, 3)).toEqual([registry.datasets.get('ds-9').name, '10']);
    expect(row![3]).toMatch(/^90\.0%/);
    expect(row![4]).toMatch(/^80\.0%/);
    expect(row![5]).toMatch(/^100\.0%/);
    const limits = JSON.stringify(one.sections.find(({ id }) => id === 'limitations'));
    expect(limits).not.toContain('from the same source as the training set');
  });

  it('has a recipe that names no path and is sealed', async () => {
    const { recipe, sha256 } = SealedRecipe.parse(JSON.parse((await report()).recipe));
    expect(sha256Of(JSON.stringify(recipe))).toBe(sha256);
    const { runs, split } = Recipe.parse(recipe);
    expect(runs.map(({ id }) => id)).toEqual(['run-a', 'run-b']);
    expect(split.hash).toBe(made.registry.splits.get(splitId).hash);
    expect(JSON.stringify(recipe)).not.toContain(made.home);
  });
});

describe('a report on nine runs', () => {
  const names = [...nine.map((id) => `MobileNetV2 (${id})`), 'mean of all'];
  let of: Report;
  beforeAll(async () => {
    of = await reportOn({ registry: made.registry, runIds: nine, language: 'en', recipeName: 'r.json' });
  });

  it('has its measures as a matrix, of which five models stand side by side', () => {
    const table = tableOf(of, 'per-scan');
    expect(table.head).toEqual(['measure', ...names]);
    expect(table.rows).toHaveLength(16);
    const [left, right, ...more] = piecesOf(table);
    expect(more).toEqual([]);
    expect(left!.head).toEqual(['measure', ...names.slice(0, 5)]);
    expect(right!.head).toEqual(['measure', ...names.slice(5)]);
    // No value is lost or attributed to another model.
    for (const [at, row] of table.rows.entries())
      expect([...left!.rows[at]!, ...right!.rows[at]!.slice(1)]).toEqual(row);
  });

  it('on a page and in LaTeX under one caption, with the ends of an interval on one line', () => {
    const caption = tableOf(of, 'per-scan').caption;
    const page = htmlOf(of);
    expect(page.split(`<caption>${caption}</caption>`)).toHaveLength(2);
    expect(page.split(`<table aria-label="${caption}">`)).toHaveLength(2);
    const cells = (name: string) =>
      page.split(`<caption>${tableOf(of, name).caption}</caption>`)[1]!.split('</table>')[0]!;
    expect(cells('per-scan')).toContain('\u00a0–\u2060\u00a0');
    const latex = latexTable(tableOf(of, 'per-scan'));
    expect(latex.match(/\\begin\{longtable\}/g)).toHaveLength(2);
    expect(latex.match(/\\caption/g)).toHaveLength(1);
    expect(latex).toMatch(/\d+\.\d\\% \(\d+\.\d\\%~-- \d+\.\d\\%\)/);
  });

  it('has room for each word of a head, which is bold, in a narrow column', async () => {
    const one = await report();
    const table = {
      kind: 'table' as const,
      ...{ name: 'narrow', caption: 'Narrow' },
      head: ['images', 'accuracy'],
      rows: [['8', '56.0%']],
    };
    const page = htmlOf({ ...one, sections: [{ ...one.sections[0]!, blocks: [table] }] });
    expect(page).toContain('<th scope="col" style="min-width: 5em">images</th>');
    expect(page).toContain('<th scope="col" style="min-width: 6em">accuracy</th>');
  });

  it('and whole in a CSV file, with usual spaces', async () => {
    const target = path.join(folder, 'nine');
    await writeReport(target, { registry: made.registry, runIds: nine, language: 'en' });
    const lines = readFileSync(path.join(target, 'tables', 'per-scan.csv'), 'utf8')
      .trimEnd()
      .split('\r\n');
    expect(lines).toHaveLength(17);
    expect(lines[0]).toBe(['measure', ...names].join(','));
    for (const line of lines) expect(line.split(',')).toHaveLength(11);
    expect(lines.join('\n')).not.toMatch(/[\u00a0\u2060]/);
  });
});

describe('what is written', () => {
  const options = () => ({ registry: made.registry, runIds: ['run-a', 'run-b'], language: 'en' as const });

  it('as a page has its recipe beside it', async () => {
    const files = await writeReport(path.join(folder, 'one.html'), options());
    expect(files.map((file) => path.basename(file))).toEqual(['one.html', 'one.reproduce.json']);
    expect(files.every((file) => existsSync(file))).toBe(true);
  });

  it('refuses a place that is taken, another ending, and runs on other scans, and leaves nothing behind', async () => {
    await expect(writeReport(folder, options())).rejects.toMatchObject({ facts: { why: 'exportThere' } });
    await expect(writeReport(path.join(folder, 'a.docx'), options())).rejects.toMatchObject({
      code: 'bad-usage',
    });
    const other = makeSplit({ registry: made.registry, datasetId: 'ds-1', test: 0.4, seed: 3 }).split.id;
    made.registry.runs.add({ ...sample.run('run-c', other), status: 'done', bestEpoch: 1 });
    await expect(
      writeReport(path.join(folder, 'other'), { ...options(), runIds: ['run-a', 'run-c'] }),
    ).rejects.toMatchObject({ facts: { why: 'testsDiffer' } });
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

it.each([26, 27, 28])(
  'in the PDF no heading stays alone at the foot of a page (%d lines before it)',
  async (lines) => {
    const text = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ kind: 'text' as const, text: `${at}` }));
    const pdf = await reportPdf({
      language: 'en',
      ...{ title: 'T', notice: 'N', made: 'M', contents: 'C', references: '', recipe: '' },
      sections: [
        { id: 'data', title: 'One', blocks: text(lines) },
        { id: 'results', title: 'Other', blocks: text(2) },
      ],
    });
    const [, height] = /\(toc-_default_-1\) \[\d+ 0 R \/XYZ 48 ([\d.]+) null\]/.exec(pdf.toString('latin1'))!;
    // Below it there is room for itself, 21 points, and a line, 12, above the margin of 52.
    expect(Number(height)).toBeGreaterThan(52 + 21 + 12);
  },
);

it('a page keeps intervals whole in a matrix; in narrower columns they break at their dash, or would anywhere', () => {
  const page = (abreast?: number) =>
    htmlOf({
      language: 'en',
      ...{ title: 'T', notice: 'N', made: 'M', contents: 'C', references: '', recipe: '' },
      sections: [
        {
          id: 'data',
          title: 'One',
          blocks: [
            {
              kind: 'table',
              ...{ name: 'x', caption: 'c', head: ['a', 'b'], rows: [['m', '1 (0\u00a0–\u2060\u00a02)']] },
              ...(abreast === undefined ? {} : { abreast }),
            },
          ],
        },
      ],
    });
  expect(page(5)).toContain('<td>1 (0\u00a0–\u2060\u00a02)</td>');
  expect(page()).toContain('<td>1 (0 – 2)</td>');
});

it('has the names of many lines beside them, where a legend would be no help, and every value', () => {
  const rowsOf = (count: number) =>
    ['accuracy', 'AUC'].map((measure, row) => ({
      measure,
      of: Array.from({ length: count }, (_, at) => ({
        ...{ name: `model ${at}`, colour: '#000000' },
        ...{ value: 0.5 + (at + row) / 100, low: 0.4, high: 0.8, method: 'wilson' as const },
      })),
    }));
  const textsOf = (count: number) =>
    [...forestFigure(rowsOf(count), (value) => value.toFixed(2)).matchAll(/>([^<>]+)<\/text>/g)].map(
      ([, words]) => words!,
    );
  const [few, many] = [textsOf(10), textsOf(11)];
  for (const [texts, count, named] of [
    [few, 10, 1],
    [many, 11, 2],
  ] as const)
    for (let at = 0; at < count; at++) {
      expect(texts.filter((words) => words === `model ${at}`)).toHaveLength(named);
      expect(texts).toContain(`${(0.5 + (at + 1) / 100).toFixed(2)} (0.40–0.80)`);
    }
  // Each name precedes its own value.
  const at = many.indexOf('model 10');
  expect(many[at + 1]).toBe('0.60 (0.40–0.80)');
});

it('sets figures below zero with a minus; names, dates and CSV keep their hyphens', () => {
  const figures = '-0.21 (-0.90\u00a0–\u2060\u00a0-0.05)';
  expect(cellText(figures)).toBe('−0.21 (−0.90\u00a0–\u2060\u00a0−0.05)');
  expect(breakableText(figures)).toBe('−0.21 (−0.90 – −0.05)');
  expect(plainText(figures)).toBe('-0.21 (-0.90 – -0.05)');
  for (const other of ['scan -1.png', '2026-11-30', 'run-1']) expect(cellText(other)).toBe(other);
});

it('LaTeX takes names as text', () => {
  const told = latexTable({
    kind: 'table',
    name: 'x',
    caption: 'Table 3. A_b',
    head: ['a', 'b'],
    rows: [['50% & \\input{/etc/passwd}', '1–2']],
  });
  expect(told).toContain('50\\% \\& \\textbackslash{}input\\{/etc/passwd\\} & 1--2 \\\\');
  expect(told).toContain('\\caption{A\\_b}');
});

it('LaTeX gives a column of Hangul twice the width of as many Latin letters', () => {
  const sharesOf = (head: string, name: string) =>
    [
      ...latexTable({
        kind: 'table',
        name: 'x',
        caption: 'Table 1. x',
        head: [head, 'value'],
        rows: [[name, 'v'.repeat(30)]],
      }).matchAll(/dimexpr ([\d.]+)/g),
    ].map(([, share]) => Number(share));
  expect(sharesOf('항목', '데이터세트')).toEqual(sharesOf('field', 'ten-digits'));
  expect(sharesOf('항목', '데이터세트')[0]).toBeGreaterThan(sharesOf('field', 'digit')[0]!);
});

function groupsOfTest() {
  const { registry } = made;
  // Twins of `addTwinned` are adjacent: a link joins each pair.
  const links = registry.checks.links('ds-1');
  const first = new Map(links.map(({ firstId, otherId }) => [otherId, firstId]));
  return { groupOf: (imageId: number) => String(first.get(imageId) ?? imageId) };
}
