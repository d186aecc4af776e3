import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { addressIn, electronAddress, npmAddress, pipAddress } from '../../build/setup/addresses.mjs';
import { findTools } from '../../build/setup/machine.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'falx-addresses-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('set-up reports its download addresses as the tools themselves see them', () => {
  it('npm’s registry, and not who signs in', async () => {
    const { npm_config_registry: _registry, NPM_CONFIG_REGISTRY: _same, ...env } = process.env;
    const { npm } = await findTools(['npm']);
    const told = (registry: string) => {
      writeFileSync(join(scratch, '.npmrc'), `registry=${registry}\n`);
      return npmAddress(npm![0]!, { cwd: scratch, env });
    };
    expect(await told('https://npm.example/all/')).toBe('https://npm.example/all/');
    // A newer npm does not print an address that contains a password at all.
    expect(await told('https://ann:secret@npm.example/all/')).not.toContain('secret');
  });

  it('pip’s index, without who signs in', async () => {
    const { pip } = await findTools(['pip']);
    const before = process.env['PIP_INDEX_URL'];
    process.env['PIP_INDEX_URL'] = 'https://ann:secret@wheels.example/simple';
    try {
      expect(await pipAddress(pip!)).toBe('https://wheels.example/simple');
    } finally {
      if (before === undefined) delete process.env['PIP_INDEX_URL'];
      else process.env['PIP_INDEX_URL'] = before;
    }
  });

  it('Electron’s, or the mirror that its installer is told of', () => {
    expect(electronAddress({})).toBe('https://github.com/electron/electron/releases/download/');
    expect(electronAddress({ ELECTRON_MIRROR: 'https://mirror.example/electron/' })).toBe(
      'https://mirror.example/electron/',
    );
  });

  it('none where a tool says none', async () => {
    expect(await pipAddress([join(scratch, 'no-pip')])).toBe('the index that pip is set up with');
    expect(addressIn('undefined')).toBeUndefined();
    expect(addressIn('see https://a:b@x.example/p?token=1#f')).toBe('https://x.example/p');
  });
});
