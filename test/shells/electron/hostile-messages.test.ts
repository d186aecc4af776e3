import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Chance } from '../../train/simulation/chance.ts';
import type { StandIn } from './electron-stand-in.ts';
import { Started } from './started.ts';

/*
 * A compromised window sends anything over all five channels. A few hundred messages here; with FALX_HOSTILE=100000 (and
 * FALX_SEED) in the environment that many, and memory is checked, too.
 */
const count = Number(process.env['FALX_HOSTILE'] ?? 300);
const seed = Number(process.env['FALX_SEED'] ?? 1);

let started: Started;
let standIn: StandIn;
beforeEach(async () => {
  started = new Started();
  standIn = await started.start();
});
afterEach(() => started.close());

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const texts = ['', 'Hong^Gildong', '__proto__', '../../..', '/etc', '/', '\0', '\u202e', 'falx://app', '%00'];
function junk(chance: Chance, depth = 0): unknown {
  switch (chance.below(depth > 3 ? 7 : 10)) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return chance.of([0, -1, 1e308, Number.NaN, -0, 2 ** 53]);
    case 3:
      return chance.of(texts).repeat(1 + chance.below(400));
    case 4:
      return chance.is(0.5);
    case 5:
      return new Uint8Array(chance.below(2000));
    case 6:
      return BigInt(chance.below(1000));
    case 7:
      return Array.from({ length: chance.below(6) }, () => junk(chance, depth + 1));
    case 8:
      return new Map([[junk(chance, depth + 1), junk(chance, depth + 1)]]);
    default:
      return Object.fromEntries(
        ['title', 'body', 'extensions', 'multiple', ...texts.slice(1, 4)]
          .filter(() => chance.is(0.4))
          .map((name) => [name, junk(chance, depth + 1)]),
      );
  }
}
/** Excludes what the contract allows: a question for files or a notice by chance. */
function hostile(chance: Chance): unknown {
  for (;;) {
    const made = junk(chance);
    const { title, body, extensions } = (made ?? {}) as Record<string, unknown>;
    if (typeof title === 'string' && (typeof body === 'string' || Array.isArray(extensions))) continue;
    // A folder requested by name is looked up, and refused if it is not Falx's.
    return made;
  }
}

test(`${count} hostile messages of a page, or of what is no page of Falx's: none is taken, what is answered and logged is short`, async () => {
  const chance = new Chance(seed, 'bridge');
  const own = standIn.openPage().preload;
  const others = [
    standIn.openPage({ origin: 'https://example.com', parent: null }),
    standIn.openPage({ origin: 'falx://app', parent: {} as never }),
    standIn.openPage(null),
  ].map(({ preload }) => preload);
  const listening = started.core.hub.listeners;
  const heap: number[] = [];
  let longest = 0;
  for (let sent = 0; sent < count; sent++) {
    const { ipcRenderer } = chance.is(0.8) ? own : chance.of(others);
    const message = hostile(chance);
    const channel = chance.of([
      'falx:pick-files',
      'falx:open-folder',
      'falx:notify',
      'falx:connect',
    ] as const);
    if (channel === 'falx:notify') ipcRenderer.send(channel, message);
    else if (channel === 'falx:connect') {
      const { port1, port2 } = new MessageChannel();
      ipcRenderer.postMessage(channel, message ?? 1, [port2]);
      port1.close();
    } else {
      const error = await ipcRenderer.invoke(channel, message).then(
        () => null,
        (refused: unknown) => refused as Error,
      );
      if (error === null) throw new Error(`taken: ${channel} ${JSON.stringify(message)?.slice(0, 300)}`);
      longest = Math.max(longest, error.message.length);
    }
    if (sent % Math.ceil(count / 10) === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
      heap.push(process.memoryUsage().heapUsed);
    }
  }
  expect(standIn.notifications).toEqual([]);
  expect(standIn.dialog.asked).toEqual([]);
  expect(standIn.opened).toEqual([]);
  expect(started.core.hub.listeners).toBe(listening);
  expect({}).not.toHaveProperty('polluted');
  // A path may have 4096 characters, and its refusal contains it.
  expect(longest).toBeLessThan(5000);
  const logs = path.join(started.home, 'logs');
  const lines = readdirSync(logs).flatMap((name) => readFileSync(path.join(logs, name), 'utf8').split('\n'));
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(5000);
  if (process.env['FALX_HOSTILE'] !== undefined) {
    const growth = heap.at(-1)! / heap[2]! - 1;
    console.log(
      `${count} messages, seed ${seed}: heap ${heap.map((bytes) => (bytes / 2 ** 20).toFixed(1)).join(' ')} MiB (${(100 * growth).toFixed(1)} % after the third tenth); longest answer ${longest} characters; ${lines.length} lines logged`,
    );
    expect(growth).toBeLessThan(0.1);
  }
}, 600_000);
