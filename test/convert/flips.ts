import {
  copyFileSync,
  mkdtempSync,
  openSync,
  closeSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { FalxError } from '../../src-main/contract/errors.ts';
import { exportRun } from '../../src-main/predict/export-model.ts';
import { importRun } from '../../src-main/predict/import-run.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { foreign } from '../../src-main/system/foreign.ts';

/* A .falx file with one random bit flipped, repeatedly: each must be refused, and nothing of it imported.

       npm run torture:falx -- --home HOME [--count 1000] [--seed 7] RUN

   Half of the flips are within 64 kB of either end, where the headers and the directory are. At the end, the intact file is imported. */

const { values, positionals } = parseArgs({
  options: {
    home: { type: 'string' },
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '7' },
  },
  allowPositionals: true,
});
const [id] = positionals;
if (!values.home || !id) throw new Error('npm run torture:falx -- --home HOME RUN');

const folder = mkdtempSync(path.join(tmpdir(), 'falx-flips-'));
const own = Registry.open(values.home);
const other = Registry.open(path.join(folder, 'home'));
const codes = new Map<string, number>();
try {
  const whole = path.join(folder, 'run.falx');
  await exportRun(own.runs.get(id), whole, own, { format: 'falx' });
  const { size } = statSync(whole);
  const random = randomFrom(Number(values.seed), 'flips');
  const flipped = path.join(folder, 'flipped.falx');
  copyFileSync(whole, flipped);
  for (let n = 0; n < Number(values.count); n++) {
    const near = n % 2 === 0 ? size : Math.min(size, 65_536);
    const at = n % 4 === 1 ? size - 1 - Math.floor(random() * near) : Math.floor(random() * near);
    const bit = 1 << Math.floor(random() * 8);
    flip(flipped, at, bit);
    const said = await importRun({ registry: other, file: flipped }).then(
      () => 'taken in',
      (error: unknown) =>
        error instanceof FalxError ? String(error.facts['why']) : `fault: ${String(error)}`,
    );
    flip(flipped, at, bit);
    codes.set(said, (codes.get(said) ?? 0) + 1);
    if (said === 'taken in' || said.startsWith('fault')) throw new Error(`bit ${bit} of byte ${at}: ${said}`);
    if (other.runs.list({ removed: 'any' }).length > 0) throw new Error(`byte ${at} left a run`);
  }
  await importRun({ registry: other, file: flipped });
  console.log(`${values.count} flips of ${size} bytes, all found:`, Object.fromEntries(codes));
} finally {
  own.close();
  other.close();
  foreign.close();
  rmSync(folder, { recursive: true, force: true });
}

function flip(file: string, at: number, bit: number): void {
  const handle = openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  readSync(handle, byte, 0, 1, at);
  byte[0]! ^= bit;
  writeSync(handle, byte, 0, 1, at);
  closeSync(handle);
}
