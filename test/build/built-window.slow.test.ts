import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectWithin } from '../timed.ts';

// On a copy of the sources, so that changes here affect nothing else.
const repository = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'falx-build-'));
const checkout = join(scratch, 'a checkout');
const out = (...parts: string[]) => join(checkout, 'out', ...parts);

function node(args: string[], env: NodeJS.ProcessEnv = {}) {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: checkout,
    env: { ...process.env, FALX_HOME: join(scratch, 'home'), ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr, seconds: (performance.now() - began) / 1000 };
}

const provide = (...parts: string[]) =>
  node([
    '--input-type=module',
    '-e',
    `import { provideBuild, staleParts } from './build/stale.mjs';
     const parts = ${JSON.stringify(parts)};
     console.log(JSON.stringify(staleParts(parts)));
     await provideBuild(process.execPath, parts);`,
  ]);

beforeAll(() => {
  const files = ['package.json', 'package-lock.json', 'tsconfig.json', 'electron.vite.config.ts'];
  for (const part of ['build', 'resources', 'src-main', 'src-renderer', ...files])
    cpSync(join(repository, part), join(checkout, part), { recursive: true });
  mkdirSync(join(checkout, '.falx'));
  cpSync(join(repository, '.falx/runtime.json'), join(checkout, '.falx/runtime.json'));
  symlinkSync(join(repository, 'node_modules'), join(checkout, 'node_modules'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('makes the main process, the preload and the page', () => {
  const { status, stdout, stderr } = provide('main', 'preload', 'renderer');
  expect({ status, stdout: stdout.trim() }, stderr).toEqual({
    status: 0,
    stdout: '["main","preload","renderer"]',
  });
  expect(stderr).toMatch(/built main .*\n.*built preload .*\n.*built renderer /);
  for (const file of ['main/shells/electron/main.js', 'preload/preload.cjs', 'renderer/index.html'])
    expect(existsSync(out(file)), file).toBe(true);
});

it('does nothing, at once, when the sources are the same', () => {
  const { stdout, stderr, seconds } = provide('main', 'preload', 'renderer');
  expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: '[]', stderr: '' });
  expectWithin(seconds, 1.5);
});

it('has one CommonJS file for the sandboxed preload, which loads Electron alone', () => {
  // Beside it, the list of the packages bundled in it.
  expect(readdirSync(out('preload')).sort()).toEqual(['packages.json', 'preload.cjs']);
  const code = readFileSync(out('preload', 'preload.cjs'), 'utf8');
  expect([...code.matchAll(/\brequire\((.*?)\)/g)].map(([, what]) => what)).toEqual(['"electron"']);
  expect(code).not.toMatch(/^(import|export) /m);
});

describe('the built main process', () => {
  it('has a module wherever one is started by its URL', () => {
    const addresses = readdirSync(out('main'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) =>
        [
          ...readFileSync(out('main', file), 'utf8').matchAll(/new URL\("(\.[^"]+)", import\.meta\.url\)/g),
        ].map(([, path]) => resolve(dirname(out('main', file)), path!)),
      );
    expect(addresses.map((file) => file.slice(out('main').length + 1).replaceAll('\\', '/'))).toEqual(
      expect.arrayContaining([
        'train/train-worker.js',
        'inference/inference-worker.js',
        'tensorflow/probe.js',
      ]),
    );
    for (const file of addresses) expect(existsSync(file), file).toBe(true);
  });

  const falx = (...args: string[]) => {
    const { status, stdout, stderr } = node([out('main/shells/cli/main.js'), '--json', ...args]);
    if (status !== 0) throw new Error(`falx ${args.join(' ')} exited ${status}:\n${stderr}`);
    return JSON.parse(stdout) as Record<string, never>;
  };

  it('finds TensorFlow, and starts it in a process of its own', () => {
    expect(falx('doctor')).toMatchObject({ problems: [], tensorflow: { version: '2.21.0', error: null } });
  });

  it('trains and predicts', () => {
    const scans = join(scratch, 'scans');
    falx('demo', scans, '--per-class', '12', '--size', '48');
    falx('import', scans, '--name', 'scans');
    const { split } = falx('split', 'scans') as unknown as { split: { id: string } };
    const size = ['--size', '32', '--batch', '8', '--epochs', '1', '--weights', 'none'];
    const { runs } = falx('train', split.id, '--networks', 'mobilenetv2', ...size) as unknown as {
      runs: { id: string; status: string }[];
    };
    expect(runs).toMatchObject([{ status: 'done' }]);
    const file = join(scans, 'Tumour', 'tumour-0001.png');
    expect(falx('predict', runs[0]!.id, file)).toMatchObject({
      predictions: [{ probability: expect.any(Number) as number, error: null }],
    });
  });
});

describe('the built page', () => {
  it('has its scripts in files, as its policy wants, and names no other place', () => {
    const html = readFileSync(out('renderer/index.html'), 'utf8');
    expect(html.match(/<script(?![^>]*\bsrc=)/g)).toBeNull();
    expect(html.match(/\son\w+=/g)).toBeNull();
    expect(html).not.toMatch(/https?:\/\//);
  });

  it('is found by the browser shell', async () => {
    const shell = spawn(process.execPath, [out('main/shells/cli/main.js'), 'serve', '--no-open'], {
      env: { ...process.env, FALX_HOME: join(scratch, 'home') },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(shell, 'exit');
    try {
      let said = '';
      for await (const chunk of shell.stdout) if (/http:\S+token=\S+\s/.test((said += String(chunk)))) break;
      const address = /http:\S+token=\S+/.exec(said)![0];
      const entered = await fetch(address, { redirect: 'manual' });
      const cookie = entered.headers.getSetCookie()[0]!.split(';')[0]!;
      const page = await fetch(new URL('/', address), { headers: { cookie } });
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('<script');
    } finally {
      shell.kill('SIGTERM');
      await ended;
    }
  });
});

it('builds what has changed, and only that', () => {
  appendFileSync(join(checkout, 'src-renderer/app.css'), '\n:root { --changed: 1px; }\n');
  expect(provide('main', 'preload', 'renderer').stdout.trim()).toBe('["renderer"]');
  const styles = readdirSync(out('renderer/assets')).filter((file) => file.endsWith('.css'));
  expect(
    styles.some((file) => readFileSync(out('renderer/assets', file), 'utf8').includes('--changed')),
  ).toBe(true);
});

it('says where the sources are wrong, and builds again next time', () => {
  appendFileSync(join(checkout, 'src-renderer/main.ts'), '\nimport "./nowhere.ts";\n');
  const { status, stderr } = provide('renderer');
  expect(status).toBe(1);
  expect(stderr).toContain('nowhere.ts');
  expect(provide('renderer').stdout.trim()).toBe('["renderer"]');
});
