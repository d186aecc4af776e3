import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';

let drawn = 0;

/** A small PNG, distinct from all others drawn by this process. */
export async function picture(): Promise<Buffer> {
  drawn += 1;
  const background = { r: drawn % 256, g: Math.floor(drawn / 256) % 256, b: 9 };
  return sharp({ create: { width: 8, height: 6, channels: 3, background } })
    .png()
    .toBuffer();
}

/** Creates a folder's files: path → contents; null stands for a distinct picture. */
export async function layOut(folder: string, files: Record<string, Buffer | string | null>): Promise<string> {
  for (const [file, contents] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), contents ?? (await picture()));
  }
  return folder;
}
