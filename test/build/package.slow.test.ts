import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fuses, fusesIn } from '../../build/package/fuses.mjs';
import { cacheFolder } from '../../build/setup/machine.mjs';
import { programFolder } from '../../src-main/system/installation.ts';
import { writeEncoded } from '../images/dicom/encoded.ts';
import { writeElectronFolder } from './electron-folder.ts';

/*
 * The package, unpacked in a read-only place, run by an ordinary user with an empty PATH. Installing, upgrading and
 * removing Debian's package is tested elsewhere, in a system of its own.
 */

const scratch = mkdtempSync(path.join(tmpdir(), 'falx-package-'));
const place = path.join(scratch, 'a place for it');
const own = path.join(scratch, 'own');
let program: string;

/** Root may write everywhere: it becomes an unprivileged user. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const env = { HOME: path.join(own, 'home'), TMPDIR: path.join(own, 'temporary'), PATH: '/nonexistent' };

const makePackage = (...args: string[]) =>
  spawnSync(process.execPath, [path.join(programFolder, 'build', 'package', 'package.mjs'), ...args], {
    cwd: programFolder,
    encoding: 'utf8',
  });

beforeAll(() => {
  chmodSync(scratch, 0o755);
  mkdirSync(place);
  const electron = writeElectronFolder(path.join(scratch, 'electron'));
  const { status, stdout, stderr } = makePackage('--electron', electron, '--only', 'tar', '--out', scratch);
  if (status !== 0) throw new Error(stderr);
  const file = /^[0-9a-f]{64} {2}(.+\.tar\.gz) {2}\d+ MB$/m.exec(stdout)![1]!;
  execFileSync('tar', ['-xzf', file, '-C', place]);
  rmSync(file);
  program = path.join(place, path.basename(file, '-linux-x64.tar.gz'));
  execFileSync('chmod', ['-R', 'a-w', place]);
  for (const folder of [own, env.HOME, env.TMPDIR]) {
    mkdirSync(folder);
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  }
});
afterAll(() => {
  execFileSync('chmod', ['-R', 'u+w', scratch]);
  rmSync(scratch, { recursive: true, force: true });
});

const files = () =>
  readdirSync(program, { recursive: true, withFileTypes: true })
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();

const run = (command: string, args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(command, args, { env, cwd: own, encoding: 'utf8', ...user });
  return { status, stdout, stderr };
};
const falx = (...args: string[]) => run(path.join(program, 'bin', 'falx'), args);
const json = <T>(...args: string[]): T => {
  const { status, stdout, stderr } = falx(...args, '--json');
  if (status !== 0) throw new Error(`falx ${args.join(' ')} exited ${status}:\n${stdout}${stderr}`);
  return JSON.parse(stdout) as T;
};

describe('what is in the package', () => {
  test('nothing of this machine', () => {
    const names = [programFolder, cacheFolder(), homedir(), scratch].filter((name) => name.length > 5);
    const found = files()
      .filter((file) => lstatSync(file).isFile() && !file.endsWith('/electron/falx'))
      .flatMap((file) => {
        const content = readFileSync(file);
        return names.filter((name) => content.includes(name)).map((name) => `${file}: ${name}`);
      });
    expect(found).toEqual([]);
  });

  test('no source, map, type or test, no program for another system, no link out of it', () => {
    const names = files().map((file) => path.relative(program, file));
    const needless = /\.(map|ts|cts|mts|cc|h|gyp|svelte|py)$|(^|\/)(test|tests|examples)\/|win32|darwin|musl/;
    // By these names better-sqlite3's files load what is for other systems.
    expect(
      names.filter((name) => needless.test(name) && !/better-sqlite3\/lib\/[\w-]+\.js$/.test(name)),
    ).toEqual([]);
    const links = files().filter((file) => lstatSync(file).isSymbolicLink());
    for (const link of links) expect(path.resolve(path.dirname(link), readlinkSync(link))).toContain(program);
  });
});

test('Electron is packaged with its fuses set, read from the package', async () => {
  expect(await fusesIn(path.join(program, 'electron', 'falx'))).toEqual(fuses);
});

describe('used by somebody who may not write there, without any other program', () => {
  let runId: string;
  const scans = path.join(own, 'scans');

  test('doctor finds nothing wrong, and TensorFlow and Node in the package', () => {
    const before = files();
    expect(json('doctor')).toMatchObject({
      problems: [],
      node: { file: path.join(program, 'node', 'bin', 'node') },
      tensorflow: { build: 'cpu', folder: path.join(program, 'runtime', 'tensorflow'), error: null },
    });
    expect(files()).toEqual(before);
  });

  test('it is started through a link, from a folder whose name has spaces', () => {
    const link = path.join(own, 'falx');
    symlinkSync(path.join(program, 'bin', 'falx'), link);
    const { version } = JSON.parse(readFileSync(path.join(programFolder, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(run(link, ['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('a wrong usage and a missing page are told with the remedies of an installed program', () => {
    const words = ['doctor', 'weights', 'serve', 'train']
      .map((command) => falx('help', command).stdout)
      .join('');
    expect(words).not.toMatch(/npm|npx/);
  });

  test('demo, import, check, split, train, evaluate and predict', () => {
    json('demo', scans, '--per-class', '12', '--size', '48');
    json('import', scans, '--name', 'scans');
    json('check', 'scans');
    const { split } = json<{ split: { id: string } }>('split', 'scans');
    const size = ['--size', '32', '--batch', '8', '--epochs', '1', '--weights', 'none'];
    const { runs } = json<{ runs: { id: string; status: string }[] }>(
      ...['train', split.id, '--networks', 'mobilenetv2', ...size],
    );
    expect(runs).toMatchObject([{ status: 'done' }]);
    runId = runs[0]!.id;
    json('evaluate', runId);
    expect(json('predict', runId, path.join(scans, 'Tumour', 'tumour-0001.png'))).toMatchObject({
      predictions: [{ probability: expect.any(Number) as number, error: null }],
    });
  });

  test('compressed DICOM files of every kind are read, by the codecs in the package', async () => {
    const folder = path.join(scratch, 'encoded');
    mkdirSync(folder);
    await writeEncoded(folder);
    execFileSync('chmod', ['-R', 'a+rX', folder]);
    const encoded = readdirSync(folder)
      .filter((name) => !/-(2|3|4|5|6|7)-\d+-/.test(name))
      .map((name) => path.join(folder, name));
    const { predictions } = json<{ predictions: { file: string; error: string | null }[] }>(
      ...['predict', runId, ...encoded],
    );
    expect(predictions.length).toBe(encoded.length);
    expect(predictions.filter(({ error }) => error !== null)).toEqual([]);
  });

  test('a weight file of Keras is opened, by the HDF5 in the package', () => {
    const file = path.join(scratch, 'keras.weights.h5');
    execFileSync('cp', [path.join(programFolder, 'test/goldens/weight-files/keras3-top.h5'), file]);
    chmodSync(file, 0o644);
    // Read, and found to belong to no network that Falx has.
    const { status, stdout } = falx('weights', 'add', file, '--json');
    expect({ status, error: JSON.parse(stdout) as unknown }).toMatchObject({
      status: 1,
      error: { error: { code: 'bad-weights' } },
    });
  });

  test('the window for browsers', async () => {
    const shell = spawn(path.join(program, 'bin', 'falx'), ['serve', '--no-open'], {
      env,
      ...user,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(shell, 'exit');
    try {
      let said = '';
      for await (const chunk of shell.stdout) if (/http:\S+token=\S+\s/.test((said += String(chunk)))) break;
      const address = /http:\S+token=\S+/.exec(said)![0];
      const entered = await fetch(address, { redirect: 'manual' });
      const cookie = entered.headers.getSetCookie()[0]!.split(';')[0]!;
      const page = await (await fetch(new URL('/', address), { headers: { cookie } })).text();
      const script = /<script[^>]* src="([^"]+)"/.exec(page)![1]!;
      expect((await fetch(new URL(script, address), { headers: { cookie } })).status).toBe(200);
    } finally {
      shell.kill('SIGTERM');
      await ended;
    }
  });

  test('the window of its own: its main process and preload, on a stand-in for Electron', () => {
    // The stand-in's program finds Node and its hook in this checkout, with a PATH for its script.
    const { status, stdout, stderr } = spawnSync(path.join(program, 'electron', 'falx'), {
      env: { ...env, PATH: process.env['PATH'] },
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 200,
      page: expect.stringContaining('<script') as string,
      preload: { file: path.join(program, 'out', 'preload', 'preload.cjs'), there: true },
      icon: { file: path.join(program, 'resources', 'icons', 'icon-512.png'), there: true },
    });
  });

  test('all that was written lies in the home folder', () => {
    const written = (folder: string): string[] =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(own, path.join(entry.parentPath, entry.name)));
    const elsewhere = written(own).filter(
      (file) => !/^(home\/\.(local\/share|config|cache)\/falx|scans)\//.test(file),
    );
    expect(elsewhere).toEqual([]);
    const newest = Math.max(...files().map((file) => lstatSync(file).mtimeMs));
    expect(newest).toBe(lstatSync(path.join(program, 'package.json')).mtimeMs);
  });
});

test.each([
  [
    ['--electron', path.join(scratch, 'own')],
    1,
    /is no Electron for Linux: it has no electron\. Give the folder/,
  ],
  [['--electron', scratch, '--without-window'], 2, /each other’s contrary/],
  [['--only', 'rpm'], 2, /--only is deb or tar/],
])('package %j is refused', (args, status, words) => {
  const refused = makePackage(...args, '--out', path.join(scratch, 'refused'));
  expect({ status: refused.status, stderr: refused.stderr }).toMatchObject({
    status,
    stderr: expect.stringMatching(words) as string,
  });
});
