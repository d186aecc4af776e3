import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Epoch, Run } from '../../src-main/contract/records.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { damagedFile, readManifest } from '../../src-main/train/manifest.ts';
import type { Ended } from '../train/crash/killed.ts';
import { waitingRun } from './fixture.ts';

const root = path.join(import.meta.dirname, '..', '..');
const main = path.join(root, 'src-main', 'shells', 'cli', 'main.ts');

/** A home folder with a queued run, reset for each attempt; lanes are used in parallel. */
export class Lane {
  readonly home: string;
  readonly #template: string;
  runId = '';

  constructor(folder: string) {
    this.home = path.join(folder, 'home');
    this.#template = path.join(folder, 'template');
  }

  async prepare(): Promise<this> {
    const { id } = await waitingRun(this.home, { epochs: 3 });
    this.runId = id;
    // The scans' pixels are already prepared in it or not: both are tested.
    cpSync(this.home, this.#template, { recursive: true });
    return this;
  }

  begin(): void {
    rmSync(this.home, { recursive: true, force: true });
    cpSync(this.#template, this.home, { recursive: true });
  }

  /** The real command line on this home folder, with a checkpoint after each epoch. */
  falx(
    args: readonly string[],
    environment: Record<string, string> = {},
    onStart?: (pid: number) => void,
    onSaid?: (soFar: string) => void,
  ): Promise<Ended> {
    return falx(this.home, args, environment, onStart, onSaid);
  }

  get folder(): string {
    return path.join(this.home, 'runs', this.runId);
  }

  /** The registry's data about the run. */
  told(): { run: Run; epochs: Epoch[] } {
    const registry = Registry.open(this.home);
    try {
      return { run: registry.runs.get(this.runId), epochs: registry.epochs.list(this.runId) };
    } finally {
      registry.close();
    }
  }

  /** The hash of the complete model, if there is one. */
  model(): string | null {
    const manifest = readManifest(this.folder);
    if (typeof manifest === 'string' || damagedFile(this.folder, manifest.files) !== null) return null;
    return modelHash(this.folder);
  }

  /**
   * Resumes the run without any fault, if it is not done, and compares it with the undisturbed one.
   * @returns what is wrong with it.
   */
  async resumed(whole: string, wholeEpochs: string): Promise<string[]> {
    const before = this.told().run.status;
    if (before !== 'done') {
      const again = await this.falx(['train', '--resume', this.runId, '--json']);
      if (again.code !== 0) return [`could not be resumed from ${before}: ${again.stderr.slice(-600)}`];
    }
    const wrong: string[] = [];
    if (this.model() !== whole)
      wrong.push(`another model than undisturbed (${this.model() ?? 'none that is whole'})`);
    const { run, epochs } = this.told();
    if (run.status !== 'done') wrong.push(`it is ${run.status}`);
    if (lossesOf(epochs) !== wholeEpochs) wrong.push(`other epochs: ${lossesOf(epochs)}`);
    const left = readdirSync(this.folder).filter((name) => /^(checkpoint|best)-|\.new$/.test(name));
    if (left.length > 0) wrong.push(`left behind: ${left.join(', ')}`);
    return wrong;
  }
}

export const lossesOf = (epochs: readonly Epoch[]): string =>
  epochs.map(({ epoch, trainLoss, validationLoss }) => `${epoch} ${trainLoss} ${validationLoss}`).join('; ');

/** Hash of the weights and of what predicts from them. */
export function modelHash(folder: string): string {
  const hash = createHash('sha256');
  for (const file of [
    'variables/variables.data-00000-of-00001',
    'variables/variables.index',
    'frozen/saved_model.pb',
  ])
    hash.update(existsSync(path.join(folder, file)) ? readFileSync(path.join(folder, file)) : 'none');
  return hash.digest('hex').slice(0, 16);
}

/** The real command line, in its own process. */
export function falx(
  home: string,
  args: readonly string[],
  environment: Record<string, string> = {},
  onStart?: (pid: number) => void,
  onSaid?: (soFar: string) => void,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], {
      env: {
        ...process.env,
        FALX_HOME: home,
        TF_CPP_MIN_LOG_LEVEL: '3',
        NODE_OPTIONS: `--import=${path.join(import.meta.dirname, 'fast-clock.mjs')}`,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    for (const pipe of [child.stdout, child.stderr]) pipe.on('data', () => onSaid?.(stdout + stderr));
    child.once('error', reject);
    child.once('spawn', () => onStart?.(child.pid!));
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Processes tasks in parallel, one per lane. */
export async function inLanes<T>(
  tasks: readonly T[],
  lanes: readonly Lane[],
  work: (task: T, lane: Lane) => Promise<void>,
): Promise<void> {
  const waiting = [...tasks];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await work(task, lane);
    }),
  );
}
