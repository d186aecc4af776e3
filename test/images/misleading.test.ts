import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import { greyPng } from '../../src-main/images/encode.ts';
import { picturesIn } from '../../src-main/images/scan.ts';

const root = mkdtempSync(path.join(tmpdir(), 'falx-misleading-'));
afterAll(() => rmSync(root, { recursive: true }));

async function saidOf(name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(root, name);
  writeFileSync(file, bytes);
  try {
    for await (const _ of picturesIn(file, file, { salt: 'x', window: 'file' }));
    return 'nothing';
  } catch (error) {
    if (error instanceof FalxError) return error.message;
    throw error;
  }
}
/** Gzip whose content begins with noise, as if its first block were damaged. */
const packed = gzipSync(Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31) % 251)));

test('a damaged .nii.gz is called that, not an archive to be unpacked', async () => {
  for (const name of ['a.nii.gz', 'b.NII.GZ', 'c.img.gz']) {
    const said = await saidOf(name, packed);
    expect(said).toMatch(/The NIfTI file is damaged or of an unusual kind/);
    expect(said).not.toContain('archive');
  }
  expect(await saidOf('d.gz', packed)).toContain('a gzip archive (unpack it first)');
});

test('a damaged .mgz is called a file of MGH, not of NIfTI', async () => {
  expect(await saidOf('a.mgz', packed)).toMatch(/The MGH file is damaged/);
});

test('a damaged PNG is told in words, not in those of a library', async () => {
  const png = await greyPng(
    Uint8Array.from({ length: 64 * 64 }, (_, i) => (i * 37) % 256),
    64,
    64,
  );
  for (const at of [0.3, 0.5, 0.7]) {
    const bytes = Buffer.from(png);
    bytes[Math.floor(at * bytes.length)]! ^= 0x10;
    expect(await saidOf('a.png', bytes)).not.toMatch(/libpng|nothing/);
    expect(await saidOf('b.png', png.subarray(0, at * png.length))).not.toMatch(/libpng|nothing/);
  }
});
