import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll } from 'vitest';
import { falxJson } from './falx.ts';

/** A home folder for all tests of a file, with synthetic scans imported as `d`: among them a copy, a rotated one, and a mirrored one with the other label. */
export function homeWithTwins() {
  const home = mkdtempSync(path.join(tmpdir(), 'falx-twins-'));
  const scans = path.join(home, 'scans');
  const scan = (name: string) => path.join(scans, name);
  beforeAll(async () => {
    await falxJson(home, ['demo', scans, '--per-class', '4', '--size', '128']);
    cpSync(scan('Healthy/healthy-0001.png'), scan('Healthy/copy.png'));
    await sharp(scan('Healthy/healthy-0002.png')).rotate(90).jpeg().toFile(scan('Healthy/turned.jpg'));
    await sharp(scan('Tumour/tumour-0003.png')).flop().toFile(scan('Healthy/wrong.png'));
    await falxJson(home, ['import', scans, '--name', 'd']);
  });
  afterAll(() => rmSync(home, { recursive: true }));
  return { home, scans, scan };
}
