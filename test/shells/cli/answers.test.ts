import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { defaultSettings } from '../../../src-main/contract/settings.ts';
import { Registry } from '../../../src-main/registry/registry.ts';
import { reportOf } from '../../../src-main/check/report.ts';
import { checkText } from '../../../src-main/shells/cli/commands/check-text.ts';
import { speechIn } from '../../../src-main/shells/cli/output.ts';
import { main } from '../../../src-main/shells/cli/main.ts';
import { addDataset, HEALTHY, putTwins, TUMOUR } from '../../check/dataset.ts';
import * as sample from '../../registry/sample-records.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-answers-'));

beforeAll(() => {
  const registry = Registry.open(home);
  const told = Array.from({ length: 40 }, (_, at) => ({
    name: `p${at % 7}_${at}.png`,
    className: at % 2 === 0 ? TUMOUR : HEALTHY,
  }));
  const ids = [...addDataset(registry, 'ds-1', told).values()];
  putTwins(registry, 'ds-1', [
    [ids[0]!, ids[2]!],
    [ids[0]!, ids[1]!],
  ]);
  registry.splits.add(sample.split('sp-1', 'ds-1'), []);
  for (const [id, wrong] of [
    ['run-one', 4],
    ['run-two', 6],
  ] as const) {
    registry.runs.add({ ...sample.run(id, 'sp-1'), status: 'done', bestEpoch: 1 });
    registry.epochs.add(id, sample.epoch(1));
    registry.metrics.put(sample.metrics(id));
    registry.testPredictions.replace(
      id,
      ids.map((imageId, at) => ({ imageId, probability: at === wrong ? 0.02 : at % 2 === 0 ? 0.95 : 0.05 })),
    );
  }
  // Four that hardly differ, and one that gets everything wrong.
  for (const at of [0, 1, 2, 3, 4]) {
    const id = `run-many${at}`;
    registry.runs.add({ ...sample.run(id, 'sp-1'), status: 'done', bestEpoch: 1 });
    registry.metrics.put(sample.metrics(id));
    registry.testPredictions.replace(
      id,
      ids.map((imageId, image) => ({
        imageId,
        probability: (image % 2 === 0) === (at < 4 && image !== 2 * at + 4) ? 0.95 : 0.05,
      })),
    );
  }
  const standard = defaultSettings('mobilenetv2', false, 96);
  registry.runs.add({
    ...sample.run('run-changed', 'sp-1'),
    settings: {
      ...standard,
      optimiser: 'sgd',
      dropout: 0.5,
      augmentation: { ...standard.augmentation, flipVertical: true },
    },
  });
  registry.close();
});
afterAll(() => rmSync(home, { recursive: true }));

/** A command's answer, run in this process. */
async function answer(...args: string[]): Promise<string> {
  let stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((stdout += String(text)), true));
  let stderr = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true));
  const code = await main(['--home', home, ...args]).finally(() => vi.restoreAllMocks());
  expect(code, stderr).toBe(0);
  return stdout;
}

const wordsIn = (text: string): Set<string> =>
  new Set(
    text
      .replaceAll(/\b(?:(?:sp|cv)-\w+|[0-9a-f]{64})/g, '')
      .match(/[A-Za-z]{4,}/g)
      ?.map((word) => word.toLowerCase()),
  );

/** Words that are the same in every language: typed names, measures, networks and formats. */
const everywhere = wordsIn(
  'falx adamw size optimiser dropout flip vertical trash drop twins json sha mobilenetv2 restore empty download file weights train split check limit pattern',
);

/** Korean texts are in Hangul; up to three Latin letters are allowed: AUC, PPV, F1. */
function expectNoEnglish(korean: string, records: ReadonlySet<string>): void {
  const left = [...wordsIn(korean)].filter((word) => !records.has(word) && !everywhere.has(word));
  expect(left, `English words left in the Korean answer: ${left.join(', ')}`).toEqual([]);
}

test.each([
  ['runs'],
  ['show', 'ds-1'],
  ['show', 'sp-1'],
  ['show', 'run-one'],
  ['show', 'run-changed'],
  ['check', 'ds-1', '--decisions'],
  ['check', 'ds-1', '--pattern', '(p[0-9])'],
  ['split', 'ds-1', '--no-check'],
  ['split', 'ds-1', '--no-check', '--folds', '3'],
  ['labels', 'run-one'],
  ['compare', 'run-one', 'run-two'],
  ['compare', 'run-one', 'run-two', '--margin', '0.05'],
  ['compare', 'run-one', '--margin', '0.05'],
  ['compare', 'run-many0', 'run-many1', 'run-many2', 'run-many3', 'run-many4'],
  ['weights'],
  ['registry', 'backups'],
  ['registry', 'check'],
  ['remove', 'run-two'],
  ['trash'],
  ['audit-log', 'verify'],
])('falx %s %s answers in the language that is asked for', async (...args) => {
  const line = args as unknown as string[];
  const english = await answer('--language', 'en', ...line);
  const korean = await answer('--language', 'ko', ...line);
  expect(english).not.toMatch(/[가-힣]/);
  expect(korean).toMatch(/[가-힣]/);
  for (const text of [english, korean]) expect(text).not.toMatch(/\{\w+[,}]|undefined|\[object/);
  // Any Latin letters are from the records, or can be typed.
  const records = wordsIn(await answer('--json', ...line));
  expectNoEnglish(korean, records);
});

test.each([
  [
    'en',
    [
      '4 settings differ from the defaults:',
      '  Image size (--size): 96 px, default 224 px',
      '  Optimiser (--optimiser): SGD, default AdamW',
      '  Dropout (--dropout): 0.5, default 0.2',
      '  Mirror top–bottom (--flip-vertical): on, default off',
    ],
  ],
  [
    'ko',
    [
      '기본값과 다른 설정 4개:',
      '  영상 크기(--size): 96 px, 기본값 224 px',
      '  옵티마이저(--optimiser): SGD, 기본값 AdamW',
      '  드롭아웃(--dropout): 0.5, 기본값 0.2',
      '  상하 뒤집기(--flip-vertical): 켬, 기본값 끔',
    ],
  ],
])('falx show tells in %s which settings of a run differ from the defaults', async (language, lines) => {
  const text = await answer('--language', language, 'show', 'run-changed');
  expect(text.split('\n')).toEqual(expect.arrayContaining(lines.map((line) => `  ${line}`)));
});

test('a check is printed in the requested language', () => {
  const registry = Registry.open(home);
  const dataset = registry.datasets.get('ds-1');
  const checked = reportOf(registry, dataset, registry.checks.record('ds-1')!);
  registry.close();
  const [english, korean] = (['en', 'ko'] as const).map((language) => checkText(checked, speechIn(language)));
  expect(english).toMatch(/40 images of 38 distinct scans/);
  expect(english).toContain('1 group with both labels: one of the two labels must be wrong');
  // What makes any model worthless comes first.
  expect(english!.split('\n')[0]).toBe(
    '1 group with both labels: one of the two labels must be wrong (3 images)',
  );
  expect(korean).toContain('두 라벨이 섞인 묶음 1개');
  const records = wordsIn(JSON.stringify(checked));
  expectNoEnglish(korean!, records);
});

test('compare lists the pairs that differ first, and many that do not in one line, or each on request', async () => {
  const runs = ['run-many0', 'run-many1', 'run-many2', 'run-many3', 'run-many4'];
  const verdicts = async (...more: string[]) =>
    (await answer('--language', 'en', 'compare', ...runs, ...more))
      .split('\n')
      .filter((line) => /is better than|no difference shown/i.test(line));
  const short = await verdicts();
  expect(short).toHaveLength(5);
  for (const at of [0, 1, 2, 3])
    expect(short[at]).toMatch(new RegExp(`^run-many${at} .* better than run-many4`));
  expect(short[4]).toMatch(
    /^6 of 10 pairs: no difference shown on these 3\d scans; about 1,004 would be needed .*\. --all/,
  );
  const long = await verdicts('--all');
  expect(long).toHaveLength(10);
  expect(long.slice(0, 4)).toEqual(short.slice(0, 4));
  expect(long.slice(4).every((line) => line.startsWith('No difference shown between run-many'))).toBe(true);
});

test('compare --margin says of each two runs whether one is not inferior, and where there are no two', async () => {
  const two = (margin: string) =>
    answer('--language', 'en', 'compare', 'run-one', 'run-two', '--margin', margin);
  expect(await two('0.2')).toMatch(
    /run-one is non-inferior to run-two at a margin of 0.2: accuracy 0.000 \(-0.\d+ to 0.\d+\)/,
  );
  expect(await two('0.01')).toMatch(
    /run-two is not shown to be non-inferior to run-one at a margin of 0.01: AUC/,
  );
  const one = await answer('--language', 'en', 'compare', 'run-one', '--margin', '0.05');
  expect(one).toContain('can only be judged between two evaluated runs on one test set; there are none here');
});
