import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorker, unexpectedEnd, type WorkerEnd } from '../../src-main/tensorflow/worker-process.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'falx-worker-'));
const module = pathToFileURL(path.join(folder, 'worker.mjs'));
const log = path.join(folder, 'logs', 'worker.log');

beforeAll(() => {
  writeFileSync(
    module,
    `import { leave, receive, send } from ${JSON.stringify(new URL('../../src-main/tensorflow/worker-side.ts', import.meta.url).href)};
     import { writeSync } from 'node:fs';
     receive((message) => {
       if (message.kind === 'double') for (let i = 0; i < 200; i++) send({ kind: 'answer', pixels: message.pixels.map((x) => 2 * x) });
       if (message.kind === 'echo') send(message);
       if (message.kind === 'say') { console.log(message.text); console.error('and a warning'); process.exit(3); }
       if (message.kind === 'bye') { for (let i = 0; i < message.times; i++) send({ kind: 'last', i, pixels: new Uint8Array(message.bytes) }); void leave(); }
       if (message.kind === 'print') { send({ kind: 'before' }); writeSync(4, message.text); }
       if (message.kind === 'half') { send({ kind: 'before' }); writeSync(4, Buffer.from('FALX\\x09\\0\\0\\0\\0\\0\\0\\0{"a"', 'latin1')); process.exit(0); }
     });`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function start<T>(onMessage: (message: T) => void = () => undefined, logMode: 'a' | 'w' = 'w') {
  return startWorker<T>({ module, log, logMode, onMessage });
}

describe('a worker process', () => {
  test('receives bytes and returns all its messages before it ends', async () => {
    const got: { pixels: Uint8Array }[] = [];
    const worker = start<{ pixels: Uint8Array }>((message) => {
      got.push(message);
      if (got.length === 200) worker.kill();
    });
    worker.send({ kind: 'double', pixels: Uint8Array.of(1, 2, 100) });
    expect(await worker.gone).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(got[0]!.pixels).toEqual(Uint8Array.of(2, 4, 200));
  });

  test('that ends on its own has delivered its last message', async () => {
    let last = -1;
    const worker = start<{ i: number }>((message) => {
      last = message.i;
    });
    worker.send({ kind: 'bye', times: 200, bytes: 0 });
    expect(await worker.gone).toMatchObject({ code: 0, signal: null });
    expect(last).toBe(199);
  });

  test('that ends on its own has delivered more than a pipe holds, though it is spoken to meanwhile', async () => {
    let [last, bytes] = [-1, 0];
    const worker = start<{ i: number; pixels: Uint8Array }>((message) => {
      last = message.i;
      bytes += message.pixels.length;
      // It no longer reads: the pipe to it breaks before all its messages have been received.
      worker.send({ kind: 'control', pixels: new Uint8Array(100_000) });
    });
    worker.send({ kind: 'bye', times: 60, bytes: 100_001 });
    expect(await worker.gone).toEqual({ code: 0, signal: null, memoryRanOut: false, garbled: null });
    expect([last, bytes]).toEqual([59, 60 * 100_001]);
  });

  test('brings back what it was sent, numbers that JSON lacks and long arrays too', async () => {
    const sent = {
      kind: 'echo',
      loss: Number.NaN,
      rate: -0,
      facts: { a: undefined, best: -Infinity },
      when: new Date(1e12),
      probabilities: Float32Array.of(0.1, Number.NaN),
      pixels: new Uint8Array(32 * 224 * 224 * 3).fill(7),
    };
    const heard = await new Promise((resolve) => {
      const worker = start((message) => {
        resolve(message);
        worker.kill();
      });
      worker.send(sent);
    });
    assert.deepStrictEqual(heard, sent);
  });

  test('is sent nothing that can’t be carried: the sender hears it', async () => {
    const worker = start();
    expect(() => worker.send({ plan: { then: () => 1 } })).toThrow('message.plan.then is a function');
    worker.kill();
    await worker.gone;
  });

  test('in which something else writes to the pipe is ended, and what it said before is heard', async () => {
    const heard: unknown[] = [];
    const worker = start((message) => heard.push(message));
    worker.send({ kind: 'print', text: 'WARNING: a library says something\n' });
    const end = await worker.gone;
    expect(end.garbled).toMatch(/no message begins with the bytes/);
    expect(heard).toEqual([{ kind: 'before' }]);
    const error = unexpectedEnd(end, { work: 'training', of: 'run-1', log });
    expect(error).toMatchObject({ code: 'worker-failed', facts: { why: 'workerGarbled' } });
  });

  test('that ends within a message has delivered the messages before it', async () => {
    const heard: unknown[] = [];
    const worker = start((message) => heard.push(message));
    worker.send({ kind: 'half' });
    expect(await worker.gone).toMatchObject({ code: 0, garbled: null });
    expect(heard).toEqual([{ kind: 'before' }]);
  });

  test('that can’t be started is reported', async () => {
    const { execPath } = process;
    process.execPath = path.join(folder, 'no-such-node');
    try {
      await expect(start().gone).rejects.toThrow('No worker process could be started');
    } finally {
      process.execPath = execPath;
    }
  });

  test('prints to the log, not to this process', async () => {
    const worker = start();
    worker.send({ kind: 'say', text: 'first' });
    expect(await worker.gone).toMatchObject({ code: 3 });
    const again = start(undefined, 'a');
    again.send({ kind: 'say', text: 'second' });
    await again.gone;
    expect(readFileSync(log, 'utf8')).toBe('first\nand a warning\nsecond\nand a warning\n');
  });

  test('can be sent to when it is gone, without effect', async () => {
    const worker = start();
    worker.kill();
    await worker.gone;
    expect(() => worker.send({ kind: 'double', pixels: Uint8Array.of(1) })).not.toThrow();
  });

  test('does not outlive a parent that is killed', async () => {
    const { child, worker } = await parentOf();
    process.kill(worker, 0); // it is alive
    child.kill('SIGKILL');
    await expect.poll(() => lives(worker)).toBe(false);
  });

  test.skipIf(process.platform !== 'linux').each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'that is stopped does not outlive a parent that %s ends',
    async (signal) => {
      const { child, worker } = await parentOf();
      process.kill(worker, 'SIGSTOP');
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([null, signal]);
      await expect.poll(() => lives(worker)).toBe(false);
    },
  );

  /** A process that has started a worker. */
  async function parentOf() {
    const parent = path.join(folder, 'parent.mjs');
    const workerModule = new URL('../../src-main/tensorflow/worker-process.ts', import.meta.url);
    writeFileSync(
      parent,
      `const { startWorker } = await import(${JSON.stringify(workerModule.href)});
       const worker = startWorker({ module: new URL(${JSON.stringify(module.href)}), log: ${JSON.stringify(log)}, logMode: 'w', onMessage: () => {} });
       console.log(worker.pid);`,
    );
    const child = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, worker: Number(line.toString()) };
  }
});

/** A killed process that nobody waits for remains as a zombie: it counts as dead. */
function lives(pid: number): boolean {
  if (!existsSync(`/proc/${pid}`)) return false;
  return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

describe('an unexpected end', () => {
  const end: WorkerEnd = { code: null, signal: null, memoryRanOut: null, garbled: null };
  const words = (change: Partial<WorkerEnd>, printed = '') => {
    writeFileSync(log, printed);
    return unexpectedEnd({ ...end, ...change }, { work: 'training', of: 'run-1', log });
  };

  test.each<[string, Partial<WorkerEnd>, string, string, RegExp]>([
    [
      'the system killed it for memory',
      { signal: 'SIGKILL', memoryRanOut: true },
      '',
      'out-of-memory',
      /ran out of memory.*smaller batch \(--batch\)/,
    ],
    [
      'somebody killed it',
      { signal: 'SIGKILL', memoryRanOut: false },
      '',
      'out-of-memory',
      /most likely because memory ran out/,
    ],
    [
      'an allocation failed',
      { signal: 'SIGABRT' },
      'what():  std::bad_alloc\n',
      'out-of-memory',
      /could get no more memory/,
    ],
    ['it crashed', { signal: 'SIGSEGV' }, '', 'worker-failed', /SIGSEGV.*worker\.log/],
    ['it gave up', { code: 7 }, 'why\n', 'worker-failed', /code 7/],
  ])('is worded: %s', (_, change, printed, code, message) => {
    const error = words(change, printed);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});
