import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { completionText } from '../../../src-main/shells/cli/commands/completion-command.ts';
import { languageOf } from '../../../src-main/shells/cli/language.ts';
import { declareAll, main, type CommandLine } from '../../../src-main/shells/cli/main.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-language-'));
afterAll(() => rmSync(home, { recursive: true }));
afterEach(() => void vi.restoreAllMocks());

/** Runs a command in this process. */
async function said(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const hear = (take: (text: string) => void) => (text: unknown) => (take(String(text)), true);
  vi.spyOn(process.stdout, 'write').mockImplementation(hear((text) => (stdout += text)));
  vi.spyOn(process.stderr, 'write').mockImplementation(hear((text) => (stderr += text)));
  const code = await main(['--home', home, ...args]).finally(() => vi.restoreAllMocks());
  return { code, stdout, stderr };
}

const nowhere = path.join(home, 'nowhere');

/** For each command an invalid command line. */
const mistakes: Record<string, string[]> = {
  doctor: ['--nope'],
  'verify-gpu': ['--budget', '0'],
  demo: [nowhere, '--per-class', '0'],
  deidentify: [nowhere],
  import: [nowhere, '--plane', 'oblique'],
  check: ['nope', '--undo', '--redo'],
  audit: [nowhere, '--classes', 'a'],
  shortcuts: ['nope', '--seed', 'x'],
  split: ['nope', '--folds', '5', '--test', '0.2'],
  train: [],
  evaluate: [],
  mlflow: ['nope', 'here'],
  compare: [],
  report: ['nope', 'report.docx'],
  reproduce: [nowhere, nowhere],
  robustness: ['run-1'],
  'sample-size': ['--auc', '2'],
  validate: ['run-1'],
  labels: ['run-1', '--limit', '-1'],
  predict: ['run-1'],
  runs: ['one', 'two'],
  show: ['nope'],
  remove: ['nope'],
  trash: ['restore', 'nope'],
  weights: ['mend'],
  registry: ['mend'],
  'audit-log': ['mend'],
  gpu: ['mend'],
  export: ['run-1'],
  'import-run': [],
  serve: ['--port', '70000'],
  completion: ['tcsh'],
};

test('every command has its mistake here', async () => {
  const { program } = await declareAll();
  expect(Object.keys(mistakes).sort()).toEqual(program.commands.map((command) => command.name()).sort());
});

test.each(Object.entries(mistakes))('falx %s says in Korean what is wrong', async (command, args) => {
  const { code, stdout, stderr } = await said('--language', 'ko', command, ...args);
  expect(code).toBeGreaterThan(0);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^falx: [^[]*[가-힣]+[^[]*[.:]/);
});

test.each(Object.entries(mistakes))('falx %s --json is the same in both languages', async (command, args) => {
  const [english, korean] = [
    await said('--json', command, ...args, '--language', 'en'),
    await said('--json', command, ...args, '--language', 'ko'),
  ];
  expect(korean.stdout).toBe(english.stdout);
  const { error } = JSON.parse(english.stdout) as { error: { code: string; message: string } };
  expect(english.stderr).toBe(`falx: ${error.message}\n`);
  expect(korean.stderr).not.toBe(english.stderr);
});

const korean = await declareAll(undefined, ['--language', 'ko']);
const english = await declareAll(undefined, ['--language', 'en']);
const named = english.program.commands.map((command) => command.name());

describe.each(['falx', ...named])('help of %s', (name) => {
  const find = ({ program }: CommandLine) =>
    name === 'falx' ? program : program.commands.find((command) => command.name() === name)!;
  const [inKorean, inEnglish] = [find(korean), find(english)];

  test('describes in Korean every option that it describes in English', () => {
    const flags = (command: Command) => command.options.map((option) => option.flags);
    expect(flags(inKorean)).toEqual(flags(inEnglish));
    expect(inKorean.description()).toMatch(/[가-힣]/);
    for (const option of inKorean.options) expect(option.description, option.flags).toMatch(/[가-힣]/);
    for (const { flags, description } of inEnglish.options)
      expect(description, flags).toMatch(/^[a-zA-Z"0-9]/);
  });

  test('has its headings in the same language', () => {
    expect(inEnglish.helpInformation()).not.toMatch(/[가-힣]/);
    expect(inKorean.helpInformation()).not.toMatch(/Usage:|Options:|Commands:|Arguments:|choices:|default:/);
    expect(inKorean.helpInformation()).not.toMatch(/\{\w+\}|undefined/);
    expect(inEnglish.helpInformation()).not.toMatch(/\{\w+\}|undefined/);
  });
});

test('completion and the manual page are in Korean too', () => {
  for (const to of ['bash', 'zsh', 'fish', 'man'] as const) {
    expect(completionText(to, english)).not.toMatch(/[가-힣]/);
    // Bash's shows no descriptions.
    if (to !== 'bash') expect(completionText(to, korean)).toMatch(/[가-힣]/);
  }
});

test.each<[string[], Record<string, string>, string, string]>([
  [['--language', 'ko'], { LANG: 'en_US.UTF-8' }, 'en-US', 'ko'],
  [['--language=en'], { LANG: 'ko_KR.UTF-8' }, 'ko-KR', 'en'],
  [[], { LC_ALL: 'C', LANG: 'ko_KR.UTF-8' }, 'ko-KR', 'en'],
  [[], { LC_ALL: '', LC_MESSAGES: 'ko_KR.UTF-8', LANG: 'de_DE.UTF-8' }, 'de-DE', 'ko'],
  [[], { LANG: 'ko' }, 'en-US', 'ko'],
  [[], { LANG: 'kok_IN' }, 'en-US', 'en'],
  [[], {}, 'ko-KR', 'ko'],
  [['--language', 'fr'], { LANG: 'ko_KR.UTF-8' }, 'ko-KR', 'ko'],
])('%j where the environment is %j and the system has %s: %s', (args, environment, system, language) => {
  expect(languageOf(args, environment, system)).toBe(language);
});
