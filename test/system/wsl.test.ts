import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isWsl, wslVersion } from '../../src-main/system/wsl.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'falx-wsl-'));
afterAll(() => rmSync(folder, { recursive: true }));

// What these systems' /proc/sys/kernel/osrelease say.
test.each<[string, string | null, string[], 1 | 2 | null]>([
  ['WSL 2', '5.15.167.4-microsoft-standard-WSL2\n', ['WSLInterop'], 2],
  ['a container in WSL 2, which sees its kernel only', '6.6.87.2-microsoft-standard-WSL2\n', [], 2],
  ['WSL 2 with systemd', '5.15.167.4-microsoft-standard-WSL2\n', ['WSLInterop-late'], 2],
  ['WSL 2 on a kernel of the user’s own', '6.9.3\n', ['WSLInterop'], 2],
  ['WSL 1', '4.4.0-22621-Microsoft\n', ['WSLInterop'], 1],
  ['Ubuntu', '6.8.0-51-generic\n', [], null],
  ['Ubuntu in Azure', '6.8.0-1020-azure\n', ['python3.12'], null],
  ['no Linux', null, [], null],
])('tells %s', (name, release, interpreters, version) => {
  const root = path.join(folder, name);
  if (release !== null) write(path.join(root, 'proc/sys/kernel/osrelease'), release);
  for (const each of interpreters) write(path.join(root, 'proc/sys/fs/binfmt_misc', each), 'enabled\n');
  expect(wslVersion(root)).toBe(version);
  expect(isWsl(root)).toBe(version !== null);
});

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}
