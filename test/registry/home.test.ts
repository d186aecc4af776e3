import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findHome } from '../../src-main/registry/find-home.ts';
import { chooseHome, lookAtHome, settingsFile } from '../../src-main/registry/home-choice.ts';
import { platformHome } from '../../src-main/system/platform-folders.ts';
import { Registry } from '../../src-main/registry/registry.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(path.join(tmpdir(), 'falx-place-'));
  // The settings and the default home folder of a user who has neither yet.
  for (const [name, folder] of [
    ['XDG_CONFIG_HOME', 'config'],
    ['XDG_DATA_HOME', 'data'],
    ['HOME', 'user'],
    ['LOCALAPPDATA', 'local'],
    ['APPDATA', 'roaming'],
  ] as const)
    vi.stubEnv(name, path.join(place, folder));
  vi.stubEnv('FALX_HOME', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true, force: true });
});

describe('the home folder', () => {
  test('is what --home says, else FALX_HOME, else what was chosen, else the platform’s', () => {
    expect(findHome()).toEqual({ home: platformHome(), from: 'standard' });
    const chosen = path.join(place, 'chosen');
    chooseHome(chosen);
    expect(findHome()).toEqual({ home: chosen, from: 'chosen' });
    vi.stubEnv('FALX_HOME', path.join(place, 'named'));
    expect(findHome()).toEqual({ home: path.join(place, 'named'), from: 'environment' });
    expect(findHome(path.join(place, 'asked'))).toEqual({ home: path.join(place, 'asked'), from: 'option' });
  });

  test('is not the usual one when --home is given and empty: a script’s variable was not set', () => {
    expect(() => findHome('')).toThrow('The folder named by --home is empty.');
    vi.stubEnv('FALX_HOME', path.join(place, 'named'));
    expect(() => findHome('')).toThrow('The folder named by --home is empty.');
  });

  test('is the platform’s again once that is chosen', () => {
    chooseHome(path.join(place, 'chosen'));
    chooseHome(null);
    expect(findHome()).toEqual({ home: platformHome(), from: 'standard' });
    expect(JSON.parse(readFileSync(settingsFile(), 'utf8'))).toEqual({ home: null });
  });

  test('is reported missing, not created, when the chosen one no longer exists', () => {
    const chosen = path.join(place, 'disk', 'falx');
    chooseHome(chosen);
    rmSync(path.join(place, 'disk'), { recursive: true });
    expect(() => findHome()).toThrow(/was chosen in Settings, is not there\. Connect its disk/);
    expect(existsSync(chosen)).toBe(false);
    // And can still be overridden by whoever starts Falx.
    expect(findHome(place).from).toBe('option');
  });

  test('is asked for when the settings are torn', () => {
    chooseHome(path.join(place, 'chosen'));
    writeFileSync(settingsFile(), '{"home":');
    expect(() => findHome()).toThrow(/settings\.json.* can't be read\. Delete it/);
  });
});

describe('a folder that might become the home', () => {
  test('is empty, Falx’s own, or holds something else', () => {
    expect(lookAtHome(path.join(place, 'to-be-made'))).toBe('empty');
    mkdirSync(path.join(place, 'empty'));
    expect(lookAtHome(path.join(place, 'empty'))).toBe('empty');
    Registry.open(path.join(place, 'own')).close();
    expect(lookAtHome(path.join(place, 'own'))).toBe('falx');
    expect(lookAtHome(place)).toBe('other');
  });

  test.each(['relative/folder', '', 'a\0b'])('is no path such as %j', (folder) => {
    expect(() => lookAtHome(folder)).toThrow(/not an absolute path/);
  });

  test('is not taken with other things in it, and what was chosen stays', () => {
    chooseHome(path.join(place, 'chosen'));
    expect(() => chooseHome(place)).toThrow(/holds other files/);
    expect(findHome().home).toBe(path.join(place, 'chosen'));
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'is refused when it is not writable',
    () => {
      const locked = path.join(place, 'locked');
      mkdirSync(locked);
      chmodSync(locked, 0o555);
      expect(() => chooseHome(locked)).toThrow(/may not write there/);
    },
  );
});
