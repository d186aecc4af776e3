import { pbkdf2 } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { answerTasks, WithBytes } from '../../src-main/system/parsers.ts';

/* A parser that does what it is told, however bad that is. */

const eaten: Buffer[] = [];
let underWay = 0;
answerTasks<string, string>(async (task, reportProgress) => {
  underWay += 1;
  try {
    return await work(task, reportProgress);
  } finally {
    underWay -= 1;
  }
});

async function work(
  task: string,
  reportProgress: (said?: unknown) => void,
): Promise<string | WithBytes<string>> {
  await new Promise((resolve) => setImmediate(resolve)); // so that tasks given with it have started, too
  if (task === 'hang') for (;;);
  if (task === 'sleep') await new Promise(() => undefined);
  if (task.startsWith('wait for ')) readFileSync(task.slice('wait for '.length));
  if (task === 'read in drops') await readInDrops();
  if (task === 'exit') process.exit(3);
  if (task === 'abort') process.abort();
  if (task === 'eat') for (;;) eaten.push(Buffer.alloc(2 ** 24, 1));
  if (task === 'heap') {
    const all: number[][] = [];
    for (;;) all.push(new Array<number>(1e6).fill(1.5));
  }
  if (task === 'busy') for (const began = process.cpuUsage(); process.cpuUsage(began).user < 10_000;);
  if (task === 'beside') await promisify(pbkdf2)('', '', 10_000, 32, 'sha256');
  if (task === 'busy' || task === 'beside') return String(process.pid);
  // As when a library gets no memory while others run.
  if (task === 'crowded' && underWay > 1) throw new RangeError('Array buffer allocation failed');
  if (task === 'refused' && underWay > 1) return 'DAMAGED';
  if (task === 'throw') throw new RangeError('offset is out of range');
  const bytes = /^bytes (\d+)$/.exec(task)?.[1];
  if (bytes === undefined) return task.toUpperCase();
  const size = Number(bytes);
  reportProgress(size);
  return new WithBytes(task.toUpperCase(), [Buffer.alloc(size, size % 251), Uint8Array.of(1, 2)]);
}

/** As over a slow connection with little data: idle most of the time. */
async function readInDrops(): Promise<void> {
  const file = openSync('/dev/zero', 'r');
  for (let drops = 0; drops < 30; drops++) {
    readSync(file, Buffer.alloc(10));
    await setTimeout(50);
  }
  closeSync(file);
}
