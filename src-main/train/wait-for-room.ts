import { statfsSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { FalxError, worded } from '../contract/errors.ts';
import { message, type Message } from '../contract/messages/catalogue.ts';
import { isFullReason } from '../system/disk-error.ts';
import type { TrainPacket, TrainPlan } from '../contract/packets.ts';
import type { RunControls } from './run-controls.ts';

/** Breaks a training off without a word: it was asked to. */
export class Cancelled extends Error {}

/** Milliseconds between two looks at a full disk. */
const LOOK = 1000;
/** Bytes that must have come free before it is tried again, and looks after which it is tried all the same: of a quota only trying tells. */
const WORTH_TRYING = 16 * 2 ** 20;
const LOOKS = 30;

/** Whether an error of `onDisk` says that there is no room. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof FalxError && error.code === 'disk' && isFullReason(error.facts['reason']);

/** Waits for room on a full disk, so that a training pauses there and goes on as if nothing had been. */
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
   * Writes; while the disk is full it waits, says so, and writes anew once there is room, or at once when training is paused and
   * resumed. Asked to stop it gives up: the run can be resumed.
   * @param write begins anew each time. @throws what it throws, but for a full disk; Cancelled.
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
