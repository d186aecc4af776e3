import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasDisplay as forElectron } from '../../build/setup/setup-electron.mjs';
import { hasDisplay as forBrowser } from '../../src-main/shells/browser/system-browser.ts';

const start = (...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '../../build/start.mjs'), ...args], {
    encoding: 'utf8',
  });

it('npm start says how it can be asked', () => {
  const { status, stdout } = start('--help');
  expect(status).toBe(0);
  expect(stdout).toMatch(/npm start -- --browser .*\n/);
});

it('npm start refuses what it does not know, with the same help', () => {
  const { status, stdout, stderr } = start('--brwoser');
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^Falx: Unknown option '--brwoser'[^]*npm start -- --browser/);
});

describe.each([
  ['Electron', forElectron],
  ['the browser', forBrowser],
])('a display for %s', (_what, hasDisplay) => {
  it.each([
    [{ DISPLAY: ':0' }, 'linux', true],
    [{ WAYLAND_DISPLAY: 'wayland-0' }, 'linux', true],
    [{ DISPLAY: 'localhost:10.0', SSH_CONNECTION: '10.0.0.1 22' }, 'linux', true],
    [{ DISPLAY: '' }, 'linux', false],
    [{}, 'linux', false],
    [{}, 'darwin', true],
    [{ SSH_CONNECTION: '10.0.0.1 22' }, 'darwin', false],
    [{}, 'win32', true],
  ] as const)('with %j on %s: %s', (env, platform, there) => {
    expect(hasDisplay(env, platform)).toBe(there);
  });
});
