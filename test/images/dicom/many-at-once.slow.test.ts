import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { scansInSubprocess } from '../../../src-main/images/subprocess.ts';
import { foreign } from '../../../src-main/system/foreign.ts';
import { writeEncoded } from './encoded.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'falx-many-at-once-'));

afterAll(() => {
  foreign.close();
  rmSync(folder, { recursive: true, force: true });
});

// Memory reserved by the codecs counts against the limit of their process, though they hardly use it.
test('compressed files of every kind are read beside each other within the limits of their process', async () => {
  await writeEncoded(folder);
  const files = readdirSync(folder).map((name) => path.join(folder, name));
  const pixelPath = { version: 2, imageSize: 64, canvas: 'stretch', crop: 'none', window: 'file' } as const;
  const read = await Promise.allSettled(
    files.map((file) => scansInSubprocess(file, pixelPath, { salt: '' })),
  );
  const refused = read.flatMap(({ status }, at) => (status === 'rejected' ? [files[at]] : []));
  expect(files.length).toBeGreaterThan(80);
  expect(refused).toEqual([]);
});
