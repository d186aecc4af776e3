import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './setup/set-up.mjs';
import { readIfWhole, writeWhole } from './setup/whole.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Count */

/**
 * Types, lint and format in parallel with the fast tests, then the slow tests. Prints a line for
 * each and, last, "N passed, N failed"; types, lint and format count as one each.
 * @param {string} node
 * @param {{ slow: boolean }} options
 * @returns {Promise<boolean>} whether everything passed
 */
export async function check(node, { slow }) {
  const counts = await Promise.all([inTurn(node), vitest(node, 'fast')]);
  const all = [...counts, ...(slow ? [await vitest(node, 'slow')] : [])];
  const { passed, failed, skipped } = all.reduce(add);
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed === 0;
}

/**
 * @param {Count} a
 * @param {Count} b
 */
const add = (a, b) => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/**
 * Types, styles and accessibility of the window's components; warnings count as failures. Leaves the components as
 * TypeScript in `.svelte-check`, where the type-aware linter finds them.
 */
const window = [
  ...['--tsgo', '--tsconfig', 'src-renderer/tsconfig.json'],
  ...['--fail-on-warnings', '--output', 'human'],
];

/** A hash of the inputs of the window's check: its files, the folders they may import from (lint enforces it), and the packages. */
function windowState() {
  const hash = createHash('sha256');
  const files = ['src-renderer', 'src-main/contract', 'src-main/statistics'].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file),
    ),
  );
  for (const file of [...files.sort(), 'package-lock.json', 'tsconfig.json']) {
    if (!statSync(join(repository, file)).isFile()) continue;
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(repository, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Git ignores these files, and so does the linter unless each is named. */
function components() {
  const folder = '.svelte-check/svelte';
  if (!existsSync(join(repository, folder))) return [];
  return readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.svelte.ts') && !file.endsWith('.d.svelte.ts'))
    .map((file) => `${folder}/${file}`);
}

/**
 * Skips files unchanged since they last passed. A fresh clone has no cache.
 * @param {string} tool
 */
const cached = (tool) => [
  '--cache',
  '--cache-strategy',
  'content',
  '--cache-location',
  join(repository, '.falx', `cache-${tool}.json`),
];

/**
 * Runs them one after another, which leaves the other core to the tests.
 * @param {string} node
 */
async function inTurn(node) {
  let count = { passed: 0, failed: 0, skipped: 0 };
  /** @type {[string, () => string[]][]} */
  const tools = [
    ['types', () => ['@typescript/native/bin/tsc', '-p', '.']],
    ['test types', () => ['@typescript/native/bin/tsc', '-p', 'test']],
    ['window', () => ['svelte-check/bin/svelte-check', ...window]],
    ['lint', () => ['eslint/bin/eslint.js', ...cached('eslint'), '.']],
    ['type lint', () => ['oxlint/bin/oxlint', '.', ...components()]],
    [
      'format',
      () => ['prettier/bin/prettier.cjs', ...cached('prettier'), '--check', '--log-level', 'warn', '.'],
    ],
  ];
  const state = windowState();
  const stamp = join(repository, '.svelte-check', 'well.json');
  const unchanged = readIfWhole(stamp)?.state === state;
  // svelte-check would keep its output for deleted components, and report errors in it.
  if (!unchanged) rmSync(join(repository, '.svelte-check'), { recursive: true, force: true });
  for (const [title, args] of tools) {
    if (title === 'window' && unchanged) {
      report(title, 'ok, unchanged', 0, '');
      count = add(count, { passed: 1, failed: 0, skipped: 0 });
      continue;
    }
    const { code, output, seconds } = await module(node, args());
    report(title, code === 0 ? 'ok' : 'FAILED', seconds, code === 0 ? '' : output);
    if (title === 'window' && code === 0) writeWhole(stamp, { state });
    count = add(count, { passed: Number(code === 0), failed: Number(code !== 0), skipped: 0 });
  }
  return count;
}

/**
 * @param {string} node
 * @param {'fast' | 'slow'} project
 * @returns {Promise<Count>}
 */
async function vitest(node, project) {
  const json = join(repository, '.falx', `tests-${project}.json`);
  const reporters = [
    `--reporter=${project === 'slow' ? 'verbose' : 'dot'}`,
    '--reporter=json',
    `--outputFile.json=${json}`,
  ];
  const began = Date.now();
  const { code, output, seconds } = await module(
    node,
    ['vitest/vitest.mjs', 'run', '--project', project, ...reporters],
    project === 'slow',
  );
  const result = readIfWhole(json);
  const fresh = result?.startTime >= began ? result : {};
  const {
    numPassedTests: passed = 0,
    numPendingTests: skipped = 0,
    numTodoTests: todo = 0,
    numFailedTests = 0,
    numFailedTestSuites = 0,
  } = fresh;
  // A file that fails to load has no failed test, and a crashed runner has no files: neither may count as passed.
  const failed = Math.max(
    numFailedTests,
    code === 0 ? 0 : Math.max(1, numFailedTestSuites && !numFailedTests ? numFailedTestSuites : 0),
  );
  report(
    `${project} tests`,
    `${passed} passed, ${failed} failed, ${skipped + todo} skipped`,
    seconds,
    code === 0 ? '' : output,
  );
  return { passed, failed, skipped: skipped + todo };
}

/**
 * @param {string} title
 * @param {string} outcome
 * @param {number} seconds
 * @param {string} output
 */
function report(title, outcome, seconds, output) {
  console.log(
    `${title.padEnd(11)} ${outcome} (${seconds.toFixed(1)} s)${output ? `\n${output.trimEnd()}\n` : ''}`,
  );
}

/**
 * Runs a program of an installed package.
 * @param {string} node
 * @param {string[]} args
 * @param {boolean} [live] whether its output is shown as it comes; otherwise it is returned
 * @returns {Promise<{ code: number | null, output: string, seconds: number }>}
 */
function module(node, [file = '', ...args], live = false) {
  return new Promise((resolve, reject) => {
    const began = Date.now();
    const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
    const env = { ...process.env, ...color };
    const command = [join(repository, 'node_modules', file), ...args];
    const child = spawn(node, command, {
      cwd: repository,
      env,
      stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    /** @type {Buffer[]} */
    const parts = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => parts.push(part));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code, output: Buffer.concat(parts).toString(), seconds: (Date.now() - began) / 1000 }),
    );
  });
}
