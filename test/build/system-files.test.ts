import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { controlFields, controlFiles } from '../../build/package/system-files.mjs';
import { programFolder } from '../../src-main/system/installation.ts';

const resources = path.join(programFolder, 'resources', 'linux');
const folder = mkdtempSync(path.join(tmpdir(), 'falx-system-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const environment = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` };
const has = (program: string) =>
  spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore', env: environment }).status === 0;
/** Exit code and output of a program. */
const run = (program: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: environment });
  return { status, said: stdout + stderr };
};

describe('the menu entry', () => {
  const file = path.join(resources, 'falx.desktop');
  const entry = new Map(
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

  test.runIf(has('desktop-file-validate'))('is what desktops take', () => {
    expect(run('desktop-file-validate', file)).toEqual({ status: 0, said: '' });
  });

  test('opens the file type that is declared, and shows the icon that is put in place', () => {
    const type = /type="([^"]+)"/.exec(readFileSync(path.join(resources, 'falx.xml'), 'utf8'))![1];
    expect(entry.get('MimeType')).toBe(`${type};`);
    expect(entry.get('Icon')).toBe('falx');
  });

  test('is called as the window says it is', () => {
    const { desktopName } = JSON.parse(readFileSync(path.join(programFolder, 'package.json'), 'utf8')) as {
      desktopName?: string;
    };
    expect(desktopName).toBe(path.basename(file));
  });

  test('says in Korean what it says in English', () => {
    for (const key of ['GenericName', 'Comment', 'Keywords'])
      expect(entry.get(`${key}[ko]`), key).toMatch(/[가-힣]/);
  });
});

test.runIf(has('update-mime-database'))('a .falx file is known by its ending', () => {
  mkdirSync(path.join(folder, 'mime', 'packages'), { recursive: true });
  writeFileSync(
    path.join(folder, 'mime', 'packages', 'falx.xml'),
    readFileSync(path.join(resources, 'falx.xml')),
  );
  execFileSync('update-mime-database', [path.join(folder, 'mime')], { stdio: 'pipe', env: environment });
  expect(readFileSync(path.join(folder, 'mime', 'globs2'), 'utf8')).toContain('50:application/x-falx:*.falx');
});

describe.runIf(has('apparmor_parser'))('the AppArmor profile', () => {
  const parse = (text: string) => {
    writeFileSync(path.join(folder, 'profile'), text);
    // Not loaded into the kernel, and nothing stored.
    return run('apparmor_parser', '-QTK', path.join(folder, 'profile'));
  };
  const profile = readFileSync(path.join(resources, 'falx.apparmor'), 'utf8');

  test('is taken where AppArmor knows user namespaces, else refused whole', () => {
    const knows = readdirSync('/etc/apparmor.d/abi').includes('4.0');
    expect(parse(profile).status === 0).toBe(knows);
  });

  test('has nothing that an older AppArmor does not know but these two lines', () => {
    const older = profile.replace('abi <abi/4.0>,', '').replace('userns,', '');
    expect(older).not.toContain('userns,');
    expect(parse(older).status).toBe(0);
  });
});

describe.runIf(has('systemd-analyze'))('the service', () => {
  const unit = path.join(resources, 'falx-server.service');

  test('is a unit that systemd understands, line by line', () => {
    // Neither Falx nor its user or its manual is installed where the tests run.
    const { said } = run('systemd-analyze', 'verify', '--man=no', unit);
    const lines = said.split('\n').filter((line) => line.includes('falx-server'));
    expect(lines.filter((line) => !line.includes('/usr/bin/falx is not executable'))).toEqual([]);
  });

  test('is exposed to little, by what systemd counts', () => {
    const { said } = run('systemd-analyze', 'security', '--offline=true', '--no-pager', unit);
    const level = Number(/Overall exposure level for falx-server.service: ([\d.]+)/.exec(said)![1]);
    expect(level).toBeLessThan(3);
  });
});

describe('the scripts of the packages', () => {
  const scripts = [true, false].flatMap((window) =>
    Object.entries(controlFiles(window))
      .filter(([name]) => name !== 'triggers')
      .map(([name, text]) => [`${controlFields(window)['Package']}.${name}`, text] as const),
  );

  test.each(scripts)('%s refuses what dpkg never says', (name, text) => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    expect(run('sh', file, 'dance').status).toBe(1);
  });

  test.runIf(has('shellcheck')).each(scripts)('%s is clean', (name, text) => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    expect(run('shellcheck', file)).toEqual({ status: 0, said: '' });
  });
});

test('the two packages never lie on one machine: they have the same files', () => {
  expect(controlFields(true)['Conflicts']).toBe(controlFields(false)['Package']);
  expect(controlFields(false)['Conflicts']).toBe(controlFields(true)['Package']);
});
