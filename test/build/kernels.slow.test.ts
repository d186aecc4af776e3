import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { compiled, sources } from '../../build/kernels.mjs';

const root = path.resolve(import.meta.dirname, '../..');

test('what runs is what the sources in AssemblyScript compile to', async () => {
  expect(sources()).toContain('src-main/images/kernels.as');
  for (const source of sources())
    expect(readFileSync(path.join(root, source.replace(/\.as$/, '.wasm.ts')), 'utf8'), source).toBe(
      await compiled(source),
    );
});
