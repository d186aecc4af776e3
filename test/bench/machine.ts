import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, freemem, release, totalmem, type } from 'node:os';
import { readFileSync } from 'node:fs';

/** The machine of the measurements. */
export interface Machine {
  cpu: string;
  cores: number;
  /** Bytes. */
  memory: number;
  system: string;
  node: string;
  /** Commit of the checkout, with "+" for uncommitted changes. */
  commit: string;
}

export function machine(): Machine {
  return {
    cpu: processorName(),
    cores: availableParallelism(),
    memory: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    commit: commit(),
  };
}

/** "AMD EPYC (family 25, model 17), 2 cores, 24 GB, Linux 6.1, Node v24.21.0, commit 1a2b3c4". */
export const machineLine = (m: Machine): string =>
  `${m.cpu}, ${m.cores} cores, ${gigabytes(m.memory)}, ${m.system}, Node ${m.node}, commit ${m.commit}`;

export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

/** Bytes available to a new process without swapping. */
export const availableMemory = (): number => freemem();

/** Total busy seconds of all processors. */
export const busySeconds = (): number =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000;

/** Fraction of the processors used by others. @param busy seconds of all, `own` seconds of what is measured. @param seconds of wall-clock time. */
export const shareOfOthers = (busy: number, own: number, seconds: number): number =>
  Math.max(0, busy - own) / (seconds * cpus().length);

function processorName(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  if (process.platform !== 'linux') return model;
  // Virtual machines hide the model's name; family and model number still identify the generation.
  const info = readFileSync('/proc/cpuinfo', 'utf8');
  const field = (name: string): string | undefined => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(info)?.[1];
  const [family, number] = [field('cpu family'), field('model')];
  return family === undefined ? model : `${model} (family ${family}, model ${number})`;
}

function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
  try {
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') ? '+' : '')
    );
  } catch {
    return 'unknown'; // a checkout without git can be measured too
  }
}
