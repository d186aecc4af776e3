import { expect, test } from 'vitest';
import { hasDisplay, opener } from '../../../src-main/shells/browser/system-browser.ts';

test.each<[string, NodeJS.ProcessEnv, NodeJS.Platform, boolean, boolean, string]>([
  ['a desktop', { DISPLAY: ':0' }, 'linux', false, true, 'xdg-open'],
  ['a server', {}, 'linux', false, false, 'xdg-open'],
  ['WSL, with windows of its own or without', {}, 'linux', true, true, 'rundll32.exe'],
  ['WSL through SSH', { SSH_CONNECTION: '10.0.0.1 22' }, 'linux', true, false, 'rundll32.exe'],
  ['Windows', {}, 'win32', false, true, 'explorer.exe'],
  ['macOS through SSH', { SSH_CONNECTION: '10.0.0.1 22' }, 'darwin', false, false, 'open'],
])('on %s', (_, env, platform, wsl, seen, program) => {
  expect(hasDisplay(env, platform, wsl)).toBe(seen);
  const address = 'http://127.0.0.1:8321/#token=a&b';
  const command = opener(address, platform, wsl);
  expect([command[0], command.at(-1)]).toEqual([program, address]);
});
