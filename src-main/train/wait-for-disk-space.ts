import { statfsSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { FalxError, worded } from '../contract/errors.ts';
import { message, type Message } from '../contract/messages/catalogue.ts';
import { isFullReason } from '../system/disk-error.ts';
import type { TrainPacket, TrainPlan } from '../contract/packets.ts';
import type { RunControls } from './run-controls.ts';

/** Ends a training silently, on request. */
export class Cancelled extends Error {}

/** Milliseconds between two checks of a full disk. */
const LOOK = 1000;
/**
 * Bytes that must have become free before a retry, and checks after which it is retried anyway: quotas can only be tested by
 * trying.
 */
const WORTH_TRYING = 16 * 2 ** 20;
const LOOKS = 30;

/** Whether an error of `onDisk` means that the disk is full. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof FalxError && error.code === 'disk' && isFullReason(error.facts['reason']);

/** Waits for space on a full disk, so that a training pauses there and then continues normally. */
export class DiskSpaceWaiter {
  readonly #plan: TrainPlan;
  readonly #controls: RunControls;
  readonly #send: (packet: TrainPacket) => void;

  constructor(plan: TrainPlan, controls: RunControls, send: (packet: TrainPacket) => void) {
    this.#plan = plan;
    this.#controls = controls;
    this.#send = send;
  }

  /**
   * Writes; while the disk is full it waits, reports so, and writes again once there is space, or at once when training is paused
   * and resumed. On a stop it gives up: the run can be resumed.
   * @param write starts over each time. @throws what it throws, except for a full disk; Cancelled.
   */
  async write<T>(write: () => T): Promise<T> {
    const { runId: run, folder } = this.#plan;
    let waited = false;
    for (;;) {
      try {
        const written = write();
        if (waited) this.#tell(message('trainingGoesOn', { run, folder }));
        return written;
      } catch (error) {
        if (!isDiskFull(error) || this.#controls.latest === 'stop') throw error;
        if (!waited) this.#tell(message('trainingWaitsForRoom', { run, folder }));
      }
      waited = true;
      await this.#roomOrControl();
    }
  }

  async #roomOrControl(): Promise<void> {
    const before = this.#free();
    const control = this.#controls.latest;
    for (let look = 0; look < LOOKS; look++) {
      const ended = new AbortController();
      await Promise.race([
        this.#controls.changed(),
        after(LOOK, undefined, { signal: ended.signal }).catch(() => undefined),
      ]);
      ended.abort();
      if (this.#controls.latest === 'cancel') throw new Cancelled();
      if (this.#controls.latest !== control || this.#free() - before > WORTH_TRYING) return;
    }
  }

  #free(): number {
    const { bavail, bsize } = statfsSync(this.#plan.folder);
    return bavail * bsize;
  }

  #tell(told: Message): void {
    this.#send({ kind: 'warning', ...worded(told) });
  }
}
