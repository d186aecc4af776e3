import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pictureSides, windowsSides } from '../../build/icons.mjs';
import { openChromium } from '../browser.ts';
import { meanDifference } from '../images/difference.ts';
import { pythonEnvironment } from '../python.ts';

/** The stored icons as opened by Pillow, against the drawing as rendered by Chromium; both on the same grey. */
const resources = path.join(import.meta.dirname, '../../resources');
const out = mkdtempSync(path.join(tmpdir(), 'falx-icons-'));
/** Rendered once at each side; the .icns contains some twice, for two screen densities. */
const macSides = [16, 32, 64, 128, 256, 512, 1024];

let browser: Browser;

beforeAll(async () => {
  browser = await openChromium();
  const python = await pythonEnvironment('pillow', ['pillow==12.0.0', 'numpy==2.3.4']);
  const icons = path.join(resources, 'icons');
  const files = readdirSync(icons).map((name) => path.join(icons, name));
  execFileSync(python, [path.join(import.meta.dirname, 'icons.py'), out, ...files]);
});
afterAll(async () => {
  await browser?.close();
  rmSync(out, { recursive: true, force: true });
});

const pixels = (png: Buffer) => sharp(png).removeAlpha().raw().toBuffer();

async function drawn(side: number): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  const svg = readFileSync(path.join(resources, 'icon.svg')).toString('base64');
  await page.setContent(
    `<body style="margin: 0; background: rgb(128 128 128)"><img style="display: block" width="${side}" height="${side}" src="data:image/svg+xml;base64,${svg}">`,
  );
  await page.locator('img').evaluate((image: HTMLImageElement) => image.decode());
  const png = await page.screenshot();
  await page.close();
  return pixels(png);
}

test('hold a picture of each size that a system asks for', () => {
  expect(readdirSync(out).sort()).toEqual(
    [
      ...windowsSides.map((side) => `icon.ico-${side}.png`),
      ...macSides.map((side) => `icon.icns-${side}.png`),
      ...pictureSides.map((side) => `icon-${side}.png-${side}.png`),
    ].sort(),
  );
});

test.each([...new Set([...windowsSides, ...macSides])])('are the drawing at %i pixels', async (side) => {
  const drawing = await drawn(side);
  for (const name of readdirSync(out).filter((name) => name.endsWith(`-${side}.png`))) {
    const kept = await pixels(readFileSync(path.join(out, name)));
    // Two renderers smooth edges and colours differently, and small pictures are mostly edges; another drawing would differ far more.
    expect(meanDifference(kept, drawing), name).toBeLessThan(side < 32 ? 8 : 3);
  }
});
