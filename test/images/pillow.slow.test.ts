import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { decode } from '../../src-main/images/decode.ts';
import { pythonEnvironment } from '../python.ts';
import { largestDifference, meanDifference } from './difference.ts';

const shared = path.resolve(import.meta.dirname, '../../../shared/data');
const skip = !existsSync(shared);
if (skip) console.warn(`Skipped: ${shared} is not here.`);

interface Reference {
  file: string;
  width: number;
  height: number;
  lossless: boolean;
  error?: string;
}

/** Pillow's results for the files; their pixels go to `<out>/<index>.rgb`. */
async function pillow(files: string[], out: string): Promise<Reference[]> {
  const python = await pythonEnvironment('pillow', ['pillow==12.0.0', 'numpy==2.3.4']);
  const child = spawn(python, [path.join(import.meta.dirname, 'pillow.py'), out], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(files.join('\n') + '\n');
  const lines = (await text(child.stdout)).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Reference);
}

describe.skipIf(skip)("every scan's pixels are Pillow's", () => {
  test.each(['brain-tumor-dataset', 'navoneel', 'not-mri'])('%s', async (name) => {
    const out = mkdtempSync(path.join(tmpdir(), 'falx-pillow-'));
    try {
      const files = readdirSync(path.join(shared, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .sort();
      const references = await pillow(files, out);
      expect(references.map((reference) => reference.file)).toEqual(files);
      let largest = 0;
      for (const [index, { file, width, height, lossless, error }] of references.entries()) {
        expect(error, file).toBeUndefined();
        const decoded = await decode(readFileSync(file), file);
        const expected = readFileSync(path.join(out, `${index}.rgb`));
        expect([decoded.width, decoded.height], file).toEqual([width, height]);
        const difference = largestDifference(decoded.pixels, expected);
        // Flattening alpha rounds differently by 1 in places; JPEG decoders may differ by 2.
        expect(difference, file).toBeLessThanOrEqual(lossless ? 1 : 2);
        if (lossless) expect(meanDifference(decoded.pixels, expected), file).toBeLessThan(0.05);
        largest = Math.max(largest, difference);
      }
      console.info(`${name}: ${files.length} files, largest difference ${largest}`);
    } finally {
      rmSync(out, { recursive: true });
    }
  });
});
