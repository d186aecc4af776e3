import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readManifest } from '../../src-main/train/manifest.ts';
import type { TrainPlan } from '../../src-main/contract/packets.ts';
import { defaultSettings } from '../../src-main/contract/settings.ts';
import { canRun } from '../graph/calculator.ts';
import { child, killLibrary, type Ended } from './crash/killed.ts';

/*
 * The real trainer, killed by SIGKILL at each of its file operations in turn, with writes half done; then resumed. This can't
 * see what a power cut loses of data that the system has accepted but not yet put on the disk.
 */

const trainer = join(import.meta.dirname, 'crash', 'trainer.child.ts');
const library = killLibrary();
const home = mkdtempSync(join(tmpdir(), 'falx-crash-'));
afterAll(() => rmSync(home, { recursive: true }));

const side = 32;
const images = 14;
/** Tries every n-th operation, since starting TensorFlow takes seconds; 1 tries all (an hour). */
const every = Number(process.env['FALX_CRASH_EVERY'] ?? 48);

function planIn(name: string, resume = false): string {
  const folder = join(home, 'runs', name);
  mkdirSync(folder, { recursive: true });
  const rows = (from: number, to: number) => {
    const taken = Array.from({ length: to - from }, (_, i) => from + i);
    return { rows: taken, labels: taken.map((row): 0 | 1 => (row % 2 === 0 ? 0 : 1)) };
  };
  const plan: TrainPlan = {
    runId: 'run-crash',
    folder,
    // Such a high learning rate destroys what was learned: it stops early, and the best epoch is not the last.
    settings: {
      ...defaultSettings('mobilenetv2', false, side),
      batchSize: 4,
      epochs: 6,
      patience: 1,
      learningRate: 0.5,
      schedule: 'constant',
      optimiser: 'adam',
    },
    weightsFile: null,
    pixelFile: { path: join(home, 'pixels.bin'), imageSize: side, count: images },
    train: rows(0, 8),
    validation: rows(8, images),
    classes: ['Healthy', 'Tumour'],
    resume,
  };
  const file = join(home, `${name}.json`);
  writeFileSync(file, JSON.stringify(plan));
  return file;
}

/** All files of a run's folder except those that contain times. */
function model(name: string): Map<string, string> {
  const folder = join(home, 'runs', name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'manifest.json')
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    files
      .map((file): [string, string] => [file.slice(folder.length + 1), readFileSync(file).toString('base64')])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const told = ({ stdout, stderr, code }: Ended) => {
  if (code !== 0) throw new Error(`the trainer ended with ${code}:\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as {
    end: { kind: string; bestEpoch: number; stoppedEarly: boolean };
    epochs: number[];
    warnings: string[];
  };
};

beforeAll(() => {
  let state = 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647; // Park and Miller's generator
  writeFileSync(
    join(home, 'pixels.bin'),
    Uint8Array.from({ length: images * side * side * 3 }, (_, i) =>
      Math.floor(i / (side * side * 3)) % 2 ? 120 + 100 * random() : 120 * random(),
    ),
  );
});

describe.skipIf(!canRun || library === null)('a trainer (needs TensorFlow, Linux and gcc)', () => {
  test(
    'that is killed at any of its file operations is resumed to the very model it would have made',
    { timeout: 3_600_000 },
    async () => {
      const log = join(home, 'operations');
      const counting = { LD_PRELOAD: library!, FALX_KILL_MATCH: '/runs/whole', FALX_KILL_LOG: log };
      const whole = told(await child(trainer, [planIn('whole')], counting));
      expect(whole.end).toMatchObject({ kind: 'done', stoppedEarly: true });
      expect(whole.end.bestEpoch).toBeLessThan(whole.epochs.length);
      expect(whole.epochs.length).toBeLessThan(6);
      const operations = readFileSync(log, 'utf8').trim().split('\n');
      expect(operations.length).toBeGreaterThan(60);

      const wrong: string[] = [];
      const points = operations.map((_, i) => i + 1).filter((at) => at % every === 0);
      const killAt = async (at: number): Promise<void> => {
        const name = `killed-${at}`;
        const killing = { LD_PRELOAD: library!, FALX_KILL_MATCH: `/runs/${name}`, FALX_KILL_AT: String(at) };
        const killed = await child(trainer, [planIn(name)], killing);
        const operation = `at ${operations[at - 1]}`;
        if (killed.signal !== 'SIGKILL') return void wrong.push(`${operation}: was not killed`);
        try {
          const resumed = told(await child(trainer, [planIn(name, true)]));
          expect(resumed, operation).toMatchObject({ end: { ...whole.end, peakBytes: expect.any(Number) } });
          expect(resumed.epochs, operation).toEqual(whole.epochs);
          expect(resumed.warnings.join(), operation).not.toContain('damaged');
          expect([...model(name).keys()], operation).toEqual([...model('whole').keys()]);
          for (const [file, bytes] of model('whole'))
            if (model(name).get(file) !== bytes) wrong.push(`${operation}: another ${file}`);
        } catch (error) {
          wrong.push(`${operation}: ${(error as Error).message}`);
        }
        rmSync(join(home, 'runs', name), { recursive: true });
      };
      // Two in parallel: they spend most of their time starting.
      const lanes = [0, 1].map(async (lane) => {
        for (const [i, at] of points.entries()) if (i % 2 === lane) await killAt(at);
      });
      await Promise.all(lanes);
      console.log(`killed at ${points.length} of ${operations.length} file operations`);
      expect(wrong).toEqual([]);
    },
  );
});

describe('the storage of a run', () => {
  const pretender = join(import.meta.dirname, 'crash', 'storage.child.ts');

  test.skipIf(library === null)(
    'is whole after a kill at one of its file operations: the next try ends with the same weights (needs Linux and gcc)',
    { timeout: 1_800_000 },
    async () => {
      const log = join(home, 'stored');
      let made = 0;
      const newFolder = (): string => {
        const path = join(home, 'runs', `stored-${++made}-`);
        mkdirSync(path, { recursive: true });
        return path;
      };
      const folder = newFolder();
      const whole = await child(pretender, [folder], {
        LD_PRELOAD: library!,
        FALX_KILL_MATCH: folder,
        FALX_KILL_LOG: log,
      });
      expect(whole).toMatchObject({ code: 0 });
      const operations = readFileSync(log, 'utf8').trim().split('\n');
      expect(operations.length).toBeGreaterThan(100);
      const [last, wrong]: [string[], string[]] = [readdirSync(folder).sort(), []];
      const step = Math.min(every, 4);
      const points = operations.map((_, i) => i + 1).filter((at) => at % step === 0);
      const tryNext = async (): Promise<void> => {
        for (let at = points.shift(); at !== undefined; at = points.shift()) {
          const run = newFolder();
          const killing = { LD_PRELOAD: library!, FALX_KILL_MATCH: run, FALX_KILL_AT: String(at) };
          const killed = await child(pretender, [run], killing);
          const again = await child(pretender, [run]);
          const told = `at ${operations[at - 1]}: ${killed.signal}, ${again.stdout}${again.stderr}`;
          if (killed.signal !== 'SIGKILL' || again.stdout !== whole.stdout) wrong.push(told);
          const left = readdirSync(run).sort();
          if (left.join() !== last.join()) wrong.push(`${told}: left ${left.join()}`);
          if (typeof readManifest(run) === 'string') wrong.push(`${told}: no manifest`);
        }
      };
      await Promise.all([tryNext(), tryNext()]);
      expect(wrong).toEqual([]);
    },
  );
});
