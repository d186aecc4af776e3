import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deidentifyFolder } from '../../src-main/deidentify/deidentify-handlers.ts';
import { Secret } from '../../src-main/deidentify/secret.ts';

let root: string;
let source: string;
let key: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-deidentify-'));
  source = path.join(root, 'source');
  key = path.join(root, 'key');
  mkdirSync(source);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('de-identifying is refused', () => {
  test.each(['to', 'to.report.json', 'to.mapping.csv'])('where %s is there already', async (there) => {
    writeFileSync(path.join(root, there), 'mine');
    await expect(deidentifyFolder(source, path.join(root, 'to'), { key })).rejects.toMatchObject({
      code: 'bad-usage',
      facts: { file: path.join(root, there) },
    });
    expect(readdirSync(root).sort()).toEqual(['source', there].sort());
  });

  test.each(['source', 'source/inside', '.'])(
    'from a folder into %s, which lies in it or around it',
    async (to) => {
      const target = path.join(root, to);
      await expect(
        deidentifyFolder(to === '.' ? source : root, to === '.' ? path.join(source, 'new') : target, { key }),
      ).rejects.toMatchObject({ code: 'bad-usage' });
      expect(readdirSync(source)).toEqual([]);
      expect(existsSync(key)).toBe(false);
    },
  );

  test('where source or the folder around the new one is not there', async () => {
    await expect(
      deidentifyFolder(path.join(root, 'no'), path.join(root, 'to'), { key }),
    ).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(deidentifyFolder(source, path.join(root, 'no', 'to'), { key })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test.each(['', 'secret', 'ab'.repeat(31), 'x'.repeat(64)])(
    'with a key file that holds "%s"',
    async (text) => {
      writeFileSync(key, text);
      await expect(deidentifyFolder(source, path.join(root, 'to'), { key })).rejects.toMatchObject({
        code: 'bad-usage',
        facts: { file: key },
      });
      expect(existsSync(path.join(root, 'to'))).toBe(false);
    },
  );

  test('once it is cancelled: nothing is left of it but the key', async () => {
    writeFileSync(path.join(source, 'a.dcm'), 'a');
    const signal = AbortSignal.abort();
    await expect(deidentifyFolder(source, path.join(root, 'to'), { key, signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(readdirSync(root).sort()).toEqual(['key', 'source']);
    if (process.platform !== 'win32') expect(statSync(key).mode & 0o777).toBe(0o600);
  });
});

test('the same key makes the same of the same, another key another', () => {
  const of = (byte: number) => {
    const secret = new Secret(Buffer.alloc(32, byte));
    return [secret.uid('1.2.3'), secret.patient('P1'), secret.name('study', '1.2'), secret.days('P1')];
  };
  expect(of(1)).toEqual(of(1));
  const [mine, other] = [of(1), of(2)];
  for (const [i, one] of mine.entries()) expect(one).not.toEqual(other[i]);
  expect(of(1)[0]).toMatch(/^2\.25\.\d{1,39}$/);
});
