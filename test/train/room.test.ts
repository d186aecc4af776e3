import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import type { Message } from '../../src-main/contract/messages/catalogue.ts';
import type { TrainControl, TrainPacket, TrainPlan } from '../../src-main/contract/packets.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { DeferredWrites } from '../../src-main/train/deferred-writes.ts';
import { Cancelled, DiskSpaceWaiter } from '../../src-main/train/wait-for-disk-space.ts';
import { onDisk } from '../../src-main/train/run-storage.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'falx-room-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A trainer waiting for disk space, with a control pressed at each check. */
function roomIn(presses: TrainControl[]) {
  const told: TrainPacket[] = [];
  const controls = {
    latest: null as TrainControl | null,
    changed: () => Promise.resolve(void (controls.latest = presses.shift() ?? controls.latest)),
  };
  const room = new DiskSpaceWaiter({ runId: 'run-1', folder } as TrainPlan, controls, (packet) =>
    told.push(packet),
  );
  return {
    room,
    why: () => told.map((packet) => (packet.kind === 'warning' ? packet.facts?.['why'] : packet.kind)),
  };
}
/** Fails as Node and TensorFlow do, a number of times; then writing succeeds. */
function fails(times: number, reason: string) {
  let tries = 0;
  return () =>
    onDisk(folder, () => {
      if (tries++ < times) throw new Error(reason);
      return 'written';
    });
}
const noSpace = 'ENOSPC: no space left on device, write';

describe('a training whose disk is full', () => {
  test('waits and goes on when paused and resumed, in whatever words it is full', async () => {
    for (const reason of [
      noSpace,
      'RESOURCE_EXHAUSTED: /x/all.data; No space left on device',
      'EDQUOT: disk quota exceeded',
    ]) {
      const { room, why } = roomIn(['pause', 'resume', 'pause', 'resume']);
      expect(await room.write(fails(3, reason))).toBe('written');
      expect(why()).toEqual(['trainingWaitsForRoom', 'trainingGoesOn']);
    }
  });
  test('ends when it is stopped or cancelled, and can be resumed', async () => {
    await expect(roomIn(['stop']).room.write(fails(9, noSpace))).rejects.toMatchObject({ code: 'disk' });
    await expect(roomIn(['cancel']).room.write(fails(9, noSpace))).rejects.toBeInstanceOf(Cancelled);
  });
  test('does not wait for a disk that is broken', async () => {
    const { room, why } = roomIn([]);
    await expect(room.write(fails(1, 'EIO: i/o error, write'))).rejects.toMatchObject({ code: 'disk' });
    expect(why()).toEqual([]);
  });
});

describe('what a training tells while the registry has no room', () => {
  const full = () =>
    new FalxError('registryNoRoom', {
      file: 'registry.db',
      sqlite: 'SQLITE_FULL',
      room: 'none',
      detail: { from: 'SQLite', text: 'database or disk is full' },
    });

  test('is kept later, in order; other errors are thrown', async () => {
    const registry = Registry.open(path.join(folder, 'home'));
    const told: Message[] = [];
    const later = new DeferredWrites(registry, 'run-1', folder, (one) => told.push(one));
    const codes = () => told.splice(0).map(({ code }) => code);
    const kept: number[] = [];
    let isFull = true;
    const keep = (number: number) =>
      later.keep(() => {
        if (isFull) throw full();
        kept.push(number);
      });
    keep(1);
    keep(2);
    expect(kept).toEqual([]);
    expect(codes()).toEqual(['runKeptLater']);
    isFull = false;
    keep(3);
    expect(kept).toEqual([1, 2, 3]);
    expect(codes()).toEqual(['runKeptNow']);
    await later.all(new AbortController().signal);
    expect(() =>
      later.keep(() => {
        throw new Error('other');
      }),
    ).toThrow('other');
    isFull = true;
    keep(4);
    await expect(later.all(AbortSignal.abort())).rejects.toMatchObject({ facts: { room: 'none' } });
    registry.close();
  });
  test('is told at the first try that its end waits too, and why', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const registry = Registry.open(path.join(folder, 'home-end'));
    const locked = new FalxError('registryInUse', { file: 'registry.db' });
    for (const [error, code] of [
      [full(), 'runKeptLater'],
      [locked, 'runEndKeptLater'],
    ] as const) {
      const told: Message[] = [];
      const later = new DeferredWrites(registry, 'run-1', folder, (one) => told.push(one));
      let tries = 0;
      const end = later.end(() => {
        if (tries++ < 1) throw error;
        return 'kept';
      });
      expect(told.map((one) => one.code)).toEqual([code]);
      await vi.advanceTimersByTimeAsync(1000);
      expect(await end).toBe('kept');
      expect(told.map((one) => one.code)).toEqual(code === 'runKeptLater' ? [code, 'runKeptNow'] : [code]);
    }
    await expect(
      new DeferredWrites(registry, 'run-1', folder, () => undefined).end(() => {
        throw new TypeError('a mistake');
      }),
    ).rejects.toThrow('a mistake');
    registry.close();
  });
});
