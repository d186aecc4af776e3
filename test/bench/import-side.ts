import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import sharp from 'sharp';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { readers } from '../../src-main/import/reader.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { workOf } from '../../src-main/system/processes.ts';
import { busySeconds, shareOfOthers } from './machine.ts';

/**
 * One side of the import benchmark, in its own process: `falx` imports a folder, including storage; `again` imports it once
 * more; `sharp` only decodes and hashes the same files, with the same concurrency as Falx. Prints seconds of wall-clock and
 * processor time, peak bytes, and the longest time without an answer, as JSON.
 */
const [side, folder, home] = process.argv.slice(2) as ['falx' | 'again' | 'sharp', string, string];
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const usage = process.cpuUsage();
const busy = busySeconds();
const began = performance.now();
const images = side === 'sharp' ? await sharpAlone() : await falx();
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(usage);
// Separate processes read the files; they were started for this.
const readersTicks = readers.pids.reduce((sum, pid) => sum + (workOf(pid)?.ticks ?? 0), 0);
const processorSeconds = (user + system) / 1e6 + readersTicks / 100;
const others = shareOfOthers(busySeconds() - busy, processorSeconds, seconds);
delay.disable();
console.log(
  JSON.stringify({
    images,
    seconds,
    processorSeconds,
    others,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    longestBlockMs: delay.max / 1e6,
  }),
);

async function falx(): Promise<number> {
  const registry = Registry.open(home);
  const { images, existing } = await importFolder({ registry, folder });
  if (existing !== (side === 'again')) throw new Error(`Expected existing to be ${side === 'again'}`);
  registry.close();
  return images;
}

async function sharpAlone(): Promise<number> {
  sharp.concurrency(1);
  sharp.cache(false);
  const files = ['Healthy', 'Tumour'].flatMap((name) =>
    readdirSync(path.join(folder, name)).map((file) => path.join(folder, name, file)),
  );
  let next = 0;
  let decoded = 0;
  const work = async (): Promise<void> => {
    while (next < files.length) {
      const input = await readFile(files[next++]!);
      createHash('sha256').update(input).digest('hex');
      const pixels = await sharp(input).raw().toBuffer();
      decoded += pixels.length > 0 ? 1 : 0;
    }
  };
  await Promise.all(Array.from({ length: 16 * availableParallelism() }, work));
  return decoded;
}
