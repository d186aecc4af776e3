import { execFile, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** A GPU as `nvidia-smi` describes it. */
export type NvidiaGpu = {
  /** `GPU-…`, the same after each reboot; accepted by CUDA_VISIBLE_DEVICES. */
  uuid: string;
  name: string;
  /** Major and minor; null if the driver is too old to report it. */
  computeCapability: readonly [major: number, minor: number] | null;
  /** Bytes; null if unknown, as with memory shared with the machine. */
  totalBytes: number | null;
  freeBytes: number | null;
  /** `580.95.05`. */
  driver: string;
  /** Partitions of the GPU (MIG): CUDA then sees these, one per process, and not the whole GPU. */
  parts: readonly { uuid: string; name: string }[];
};

/**
 * Why `nvidia-smi` reported no GPU.
 * - `absent`: there is no such program, so most likely no driver
 * - `noDriver`: the driver is not loaded
 * - `noLibrary`: libnvidia-ml is not found
 * - `mismatch`: the driver was updated without a reboot
 * - `noDevice`: the driver knows no GPU
 * - `lost`: a GPU no longer answers (fell off the bus)
 * - `hung`: no answer in time
 * - `refused`: it ended with another code
 * - `garbled`: its answer is no list of GPUs
 */
export type NoAnswer =
  'absent' | 'noDriver' | 'noLibrary' | 'mismatch' | 'noDevice' | 'lost' | 'hung' | 'refused' | 'garbled';

export type NvidiaAnswer =
  /** At least one. */
  | { kind: 'gpus'; gpus: readonly NvidiaGpu[] }
  /** `said` is the program's output, shortened; empty if none. */
  | { kind: 'none'; why: NoAnswer; said: string };

export type NvidiaOptions = {
  /** Environment of the program; its PATH is searched. */
  env?: NodeJS.ProcessEnv | undefined;
  /** Folders searched after PATH; a desktop's PATH may be short, and WSL has the program elsewhere. */
  folders?: readonly string[] | undefined;
  /** Time limit, milliseconds: with a driver that has to wake the GPU first, seconds. */
  within?: number | undefined;
};

const FIELDS = ['uuid', 'name', 'compute_cap', 'memory.total', 'memory.free', 'driver_version'] as const;

/** A driver before 510 does not know `compute_cap`. */
const OLD_FIELDS = FIELDS.filter((field) => field !== 'compute_cap');

/** Where the program may be besides PATH. */
const FOLDERS = ['/usr/bin', '/usr/local/bin', '/usr/lib/wsl/lib', '/opt/bin', '/usr/local/nvidia/bin'];

const WITHIN = 15_000;

/** Exit codes, from the program's manual (RETURN VALUE); 18 is NVML's for a driver that doesn't match its library. */
const codes: Readonly<Record<number, NoAnswer>> = {
  6: 'noDevice',
  9: 'noDriver',
  12: 'noLibrary',
  15: 'lost',
  18: 'mismatch',
};

/** Exit code of a driver that doesn't know a requested field. */
const WRONG_ARGUMENT = 2;

/** Lists the driver's GPUs, by `nvidia-smi`; never throws, whatever it answers. Memory is that of the moment. */
export async function nvidiaGpus({
  env = process.env,
  folders = FOLDERS,
  within = WITHIN,
}: NvidiaOptions = {}): Promise<NvidiaAnswer> {
  const program = findProgram(env, folders);
  if (program === undefined) return absent;
  const ask = (args: readonly string[]) => output(program, args, env, within);
  const [first, list] = await Promise.all([ask(query(FIELDS)), ask(['-L'])]);
  if (first.code !== WRONG_ARGUMENT) return answerOf(first, list, FIELDS);
  return answerOf(await ask(query(OLD_FIELDS)), list, OLD_FIELDS);
}

/** Synchronous variant, for a process that can do nothing else meanwhile. */
export function nvidiaGpusNow({
  env = process.env,
  folders = FOLDERS,
  within = WITHIN,
}: NvidiaOptions = {}): NvidiaAnswer {
  const program = findProgram(env, folders);
  if (program === undefined) return absent;
  const ask = (args: readonly string[]): Output => {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      env,
      encoding: 'utf8',
      windowsHide: true,
      timeout: within,
      killSignal: 'SIGKILL',
    });
    if (error && 'code' in error && error.code === 'ETIMEDOUT') return { code: null, text: '' };
    return { code: status ?? 127, text: [stdout, stderr, error?.message].filter(Boolean).join('\n') };
  };
  const [first, list] = [ask(query(FIELDS)), ask(['-L'])];
  if (first.code !== WRONG_ARGUMENT) return answerOf(first, list, FIELDS);
  return answerOf(ask(query(OLD_FIELDS)), list, OLD_FIELDS);
}

/**
 * GPU memory held by a process, bytes, as the driver counts it; null if unknown, as in most containers, which have other pids, and
 * in WSL.
 */
export function gpuBytesOf(
  pid: number,
  { env = process.env, folders = FOLDERS, within = WITHIN }: NvidiaOptions = {},
): number | null {
  const program = findProgram(env, folders);
  if (program === undefined) return null;
  const { status, stdout } = spawnSync(
    program,
    ['--query-compute-apps=pid,used_memory', '--format=csv,noheader,nounits'],
    { env, encoding: 'utf8', windowsHide: true, timeout: within, killSignal: 'SIGKILL' },
  );
  if (status !== 0) return null;
  const own = [...stdout.matchAll(/^\s*(\d+),\s*(\d+)\s*$/gm)].filter((row) => Number(row[1]) === pid);
  return own.length === 0 ? null : own.reduce((sum, row) => sum + Number(row[2]) * 2 ** 20, 0);
}

const none = (why: NoAnswer, said = ''): NvidiaAnswer => ({ kind: 'none', why, said });
const absent = none('absent');

const query = (fields: readonly string[]) => [
  `--query-gpu=${fields.join()}`,
  '--format=csv,noheader,nounits',
];

/** @param list output of `-L`. */
function answerOf({ code, text }: Output, list: Output, fields: readonly string[]): NvidiaAnswer {
  const said = shortened(text);
  if (code === null) return none('hung');
  // Older versions report this with exit code 0.
  if (/^No devices were found/m.test(text)) return none('noDevice', said);
  if (code !== 0) return none(codes[code] ?? 'refused', said);
  const rows = text.split('\n').filter((line) => line.trim() !== '');
  const gpus = rows.map((row) => parseRow(row, fields));
  if (gpus.length === 0 || !gpus.every((gpu) => gpu !== null)) return none('garbled', said);
  const parts = partsIn(list.code === 0 ? list.text : '');
  return { kind: 'gpus', gpus: gpus.map((gpu) => ({ ...gpu, parts: parts.get(gpu.uuid) ?? [] })) };
}

/** Parses a row of the table; null if it is none. A name may contain commas, so it is whatever the other fields leave. */
function parseRow(row: string, fields: readonly string[]): Omit<NvidiaGpu, 'parts'> | null {
  const cells = row.split(',').map((cell) => cell.trim());
  if (cells.length < fields.length) return null;
  const after = fields.length - 2;
  const rest = cells.splice(-after);
  const [uuid = '', ...name] = cells;
  const cell = (field: string) => rest[fields.indexOf(field) - 2];
  const driver = cell('driver_version') ?? '';
  if (!/^GPU-[0-9a-f-]+$/i.test(uuid) || !/^\d+(\.\d+)+$/.test(driver)) return null;
  const capability = capabilityIn(cell('compute_cap'));
  const total = bytesIn(cell('memory.total'));
  const free = bytesIn(cell('memory.free'));
  if (capability === undefined || total === undefined || free === undefined) return null;
  return {
    uuid,
    name: name.join(', '),
    computeCapability: capability,
    totalBytes: total,
    freeBytes: free,
    driver,
  };
}

/** `[N/A]`, `[Not Supported]`, `[Insufficient Permissions]`, `[Unknown Error]`, `[GPU requires reset]`. */
const isUnsaid = (cell: string | undefined): boolean =>
  cell === undefined || cell === 'N/A' || /^\[.*\]$/.test(cell);

function capabilityIn(cell: string | undefined): NvidiaGpu['computeCapability'] | undefined {
  if (isUnsaid(cell)) return null;
  const found = /^(\d+)\.(\d+)$/.exec(cell!);
  return found ? [Number(found[1]), Number(found[2])] : undefined;
}

/** From MiB, which `nounits` leaves out; undefined if it is no number. */
function bytesIn(cell: string | undefined): number | null | undefined {
  if (isUnsaid(cell)) return null;
  return /^\d+$/.test(cell!) ? Number(cell) * 2 ** 20 : undefined;
}

/** The partitions that `nvidia-smi -L` lists below each divided GPU, by its UUID. */
function partsIn(list: string): Map<string, { uuid: string; name: string }[]> {
  const parts = new Map<string, { uuid: string; name: string }[]>();
  let below: { uuid: string; name: string }[] = [];
  for (const line of list.split('\n')) {
    const gpu = /^GPU \d+: .*\(UUID: (GPU-[^)]+)\)/.exec(line);
    if (gpu) parts.set(gpu[1]!, (below = []));
    const part = /^\s+(MIG \S+).*\(UUID: (MIG-[^)]+)\)/.exec(line);
    if (part) below.push({ name: part[1]!, uuid: part[2]! });
  }
  return parts;
}

function findProgram(env: NodeJS.ProcessEnv, folders: readonly string[]): string | undefined {
  const name = process.platform === 'win32' ? 'nvidia-smi.exe' : 'nvidia-smi';
  const onPath = (env['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  return [...onPath, ...folders].map((folder) => path.join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // the answer sought
  }
}

/** `code` is null if it did not end in time, 127 if it could not be started. */
type Output = { code: number | null; text: string };

function output(program: string, args: readonly string[], env: NodeJS.ProcessEnv, within: number) {
  return new Promise<Output>((resolve) => {
    const child = execFile(
      program,
      args,
      { env, encoding: 'utf8', windowsHide: true, maxBuffer: 2 ** 20 },
      (error, stdout, stderr) => {
        clearTimeout(timer);
        const text = [stdout, stderr, error && !stdout && !stderr ? error.message : '']
          .filter(Boolean)
          .join('\n');
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 127, text });
      },
    );
    // A process waiting for a hung driver can't even be killed: it is abandoned.
    const timer = setTimeout(() => {
      resolve({ code: null, text: '' });
      child.kill('SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
    }, within);
  });
}

const shortened = (text: string): string => text.trim().replace(/\s+/g, ' ').slice(0, 300);

/** Compares driver versions number by number: below 0 if `a` is older. */
export function compareDrivers(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < Math.max(left!.length, right!.length); i++) {
    const difference = (left![i] ?? 0) - (right![i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
