import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  cacheFolder,
  capabilities,
  chooseBuild,
  findTools,
  hasNvidiaDriver,
  missingTools,
  readRuntimeLock,
} from '../../build/setup/machine.mjs';
import { gpuNeeds } from '../../src-main/tensorflow/gpu-needs.ts';

const scratch = mkdtempSync(join(tmpdir(), 'falx-machine-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('missing tools', () => {
  it('are named together, with the Debian command', () => {
    expect(
      missingTools(['npm', 'python', 'pip', 'compiler'], { npm: ['npm'], python: ['python3'] }, 'linux'),
    ).toBe(
      'Falx needs pip, the Python package installer and a C++ compiler, not found here. ' +
        'Install with "sudo apt-get install python3-pip g++" (Debian, Ubuntu) and start again.',
    );
  });

  it('are none when all that is wanted is there', () => {
    expect(missingTools(['pip'], { pip: ['pip3'] }, 'linux')).toBeUndefined();
  });

  it.each([
    ['darwin', 'xcode-select --install'],
    ['win32', 'Visual Studio Build Tools'],
  ] as const)('have another remedy on %s', (platform, remedy) => {
    expect(missingTools(['compiler'], {}, platform)).toContain(remedy);
  });

  it('end a set-up of a fresh checkout at once, with nothing begun', async () => {
    const checkout = join(scratch, 'checkout');
    for (const part of ['build', 'package.json', 'package-lock.json'])
      cpSync(join(import.meta.dirname, '../..', part), join(checkout, part), { recursive: true });
    const env = { PATH: scratch, FALX_CACHE: join(scratch, 'cache') };
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) =>
      execFile(process.execPath, [join(checkout, 'build', 'setup.mjs')], { env }, (error, _stdout, stderr) =>
        resolve({ code: error?.code, stderr }),
      ),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Falx set-up: Falx needs npm and Python 3 and pip, .* and a C\+\+ compiler, not found here\. .*\n$/,
    );
    expect(existsSync(join(checkout, 'node_modules'))).toBe(false);
    expect(existsSync(join(scratch, 'cache'))).toBe(false);
  });
});

describe('pip', () => {
  const python = (name: string, modules: boolean) =>
    `#!/bin/sh\n[ "$2" = pip ] && exit ${modules ? 0 : 1}\necho ${name}\n`;
  const program = (folder: string, name: string, text: string) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  };

  it.skipIf(process.platform === 'win32')('is taken from Python where it has it', async () => {
    const folder = join(scratch, 'with-module');
    program(folder, 'python3', python('python3', true));
    vi.stubEnv('PATH', folder);
    expect(await findTools(['pip'])).toEqual({ python: ['python3'], pip: ['python3', '-m', 'pip'] });
    vi.unstubAllEnvs();
  });

  it.skipIf(process.platform === 'win32')('is the program of that name where Python has none', async () => {
    const folder = join(scratch, 'without-module');
    program(folder, 'python3', python('python3', false));
    program(folder, 'pip', '#!/bin/sh\nexit 0\n');
    vi.stubEnv('PATH', [folder, '/nowhere'].join(delimiter));
    expect(await findTools(['pip'])).toEqual({ python: ['python3'], pip: ['pip'] });
    vi.unstubAllEnvs();
  });
});

describe('the cache folder', () => {
  it.each([
    [{ FALX_CACHE: '/c', XDG_CACHE_HOME: '/x' }, 'linux', '/c'],
    [{ XDG_CACHE_HOME: '/x' }, 'linux', '/x/falx'],
    [{}, 'linux', join(homedir(), '.cache/falx')],
    [{}, 'darwin', join(homedir(), 'Library/Caches/falx')],
    [{ LOCALAPPDATA: '/local' }, 'win32', '/local/falx/cache'],
  ])('with %j on %s is %s', (env, platform, folder) => {
    expect(cacheFolder(env, platform)).toBe(folder);
  });
});

describe('the build of TensorFlow', () => {
  const lock = readRuntimeLock();

  it.each([
    [{ FALX_TENSORFLOW: 'cpu' }, 'linux-x64', 'cpu'],
    [{ FALX_TENSORFLOW: 'gpu' }, 'linux-x64', 'gpu'],
    [{}, 'linux-arm64', 'cpu'],
    [{}, 'darwin-arm64', 'cpu'],
    [{}, 'win32-x64', 'cpu'],
  ] as const)('with %j on %s is %s', async (env, system, build) => {
    expect(await chooseBuild(lock, env, system)).toBe(build);
  });

  it.skipIf(hasNvidiaDriver())('is for the CPU where there is no NVIDIA driver', async () => {
    expect(await chooseBuild(lock, {}, 'linux-x64')).toBe('cpu');
  });

  it.skipIf(process.platform !== 'linux').each([
    ['9.0', 'gpu'],
    ['6.1', 'gpu'],
    ['12.0', 'cpu'], // Blackwell: 3 GB that it could not use
    ['5.2', 'cpu'],
    ['12.0\\n8.6', 'gpu'],
    ['[N/A]', 'cpu'],
    ['No devices were found', 'cpu'],
    ['couldn\'t communicate"; exit 9; "', 'cpu'],
  ])('with a GPU of compute capability %s is %s', async (capability, build) => {
    const folder = mkdtempSync(join(scratch, 'nvidia-'));
    writeFileSync(join(folder, 'nvidia-smi'), `#!/bin/sh\nprintf "${capability}\\n"\n`, { mode: 0o755 });
    vi.stubEnv('PATH', folder);
    expect(await chooseBuild(lock, {}, 'linux-x64')).toBe(build);
    vi.unstubAllEnvs();
  });

  it('is chosen by the same compute capabilities as the program names', () => {
    expect(capabilities).toEqual(gpuNeeds.capabilities);
  });

  it.each([
    [{}, 'darwin-x64', 'there is no TensorFlow 2.21.0 for darwin-x64. Use one of linux-x64, linux-arm64'],
    [{ FALX_TENSORFLOW: 'gpu' }, 'win32-x64', 'no TensorFlow 2.21.0 with GPU support for win32-x64'],
    [{ FALX_TENSORFLOW: 'cuda' }, 'linux-x64', 'FALX_TENSORFLOW is "cuda": set it to cpu or gpu'],
  ])('with %j on %s: %s', async (env, system, complaint) => {
    await expect(chooseBuild(lock, env, system)).rejects.toThrow(complaint);
  });

  it('has a checked SHA-256 for every wheel', () => {
    for (const { wheels } of Object.values(lock.builds))
      for (const { file, sha256 } of wheels) expect(sha256, file).toMatch(/^[0-9a-f]{64}$/);
  });
});
