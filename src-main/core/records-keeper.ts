import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { Run } from '../contract/records.ts';
import type { RecordsState } from '../contract/records-state.ts';
import { changedTables } from '../contract/views.ts';
import { backUpInUse, listBackups, type Backup, type Restored } from '../registry/backups.ts';
import { knownFormat } from '../registry/migrations/migrations.ts';
import type { Registry } from '../registry/registry.ts';
import { isLarge, quickCheckAside } from '../registry/soundness.ts';
import { upkeep } from '../trash/upkeep.ts';
import type { Hub } from './hub.ts';
import type { Log } from './log.ts';

/** How often to check whether something is due, milliseconds: a window may be open for weeks. */
const HOUR = 3600 * 1000;

type Parts = {
  registry: Registry;
  hub: Hub;
  log: Log;
  /** Called before a run's files are deleted, so that nothing uses them. */
  releaseRun: (run: Run) => Promise<void>;
};

/** Maintains the registry of a core: its integrity, the daily backup, the trash. */
export class RecordsKeeper {
  readonly #parts: Parts;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<unknown> = Promise.resolve();
  #check: RecordsState['check'] = { state: 'sound' };
  /** Why the registry's replacement could not be used on the last attempt, so that it is logged once. */
  #notFollowed: string | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#busy = this.#lookThrough().then(() => this.#upkeep());
    this.#timer = setInterval(() => {
      this.#busy = this.#busy.then(() => this.#upkeep());
    }, HOUR);
    this.#timer.unref();
  }

  get state(): RecordsState {
    const { registry } = this.#parts;
    return {
      check: this.#check,
      backups: listBackups(registry.home).map(({ file, ...rest }) => ({
        ...rest,
        name: path.basename(file),
        usable: rest.format <= knownFormat,
      })),
    };
  }

  backUp(): Promise<Backup> {
    return backUpInUse(this.#parts.registry.file);
  }

  /** Restores a backup. The caller makes sure that nothing is running. */
  async restore(name: string): Promise<Restored> {
    await this.#busy;
    const { registry, hub, log } = this.#parts;
    const restored = await registry.restore(name);
    log.warn({ backup: restored.restored, kept: restored.kept }, 'a backup was put in place of the registry');
    this.#check = { state: 'sound' };
    for (const table of changedTables) hub.changed(table);
    return restored;
  }

  /**
   * Continues with a registry that replaced the opened one. The caller makes sure that nothing is running. Never throws. @returns
   * whether it is used now.
   */
  follow(): boolean {
    const { registry, hub, log } = this.#parts;
    try {
      registry.follow();
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#notFollowed)
        log.error({ err: error }, 'the registry was replaced, and the new one can’t be used');
      this.#notFollowed = message;
      return false;
    }
    this.#notFollowed = null;
    log.warn('the registry was replaced while it was open: the new one is used now');
    this.#check = { state: 'sound' };
    this.#busy = this.#busy.then(() => this.#lookThrough());
    for (const table of changedTables) hub.changed(table);
    return true;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#ending.abort();
    await this.#busy;
  }

  /** A small one was checked when it was opened. Never throws. */
  async #lookThrough(): Promise<void> {
    const { registry, hub, log } = this.#parts;
    if (!isLarge(registry.file)) return;
    this.#check = { state: 'checking' };
    try {
      const said = await quickCheckAside(registry.file, this.#ending.signal);
      this.#check = said === null ? { state: 'sound' } : { state: 'damaged', said };
      if (said !== null) log.error({ said }, 'the registry is damaged');
    } catch (error) {
      if (error instanceof FalxError && error.code === 'cancelled') return;
      this.#check = { state: 'unknown', reason: (error as Error).message };
      log.error({ err: error }, 'the registry could not be looked through');
    }
    hub.changed('records');
  }

  /** Never throws. A damaged registry is not backed up over an intact one. */
  async #upkeep(): Promise<void> {
    const { registry, hub, log, releaseRun } = this.#parts;
    if (this.#ending.signal.aborted || this.#check.state === 'damaged') return;
    try {
      const { backup, deleted } = await upkeep(registry, releaseRun);
      if (backup) hub.changed('records');
      if (deleted.ids.length > 0) {
        log.info(deleted, 'deleted what was in the trash for long enough');
        for (const table of ['datasets', 'splits', 'runs', 'metrics', 'predictions'] as const)
          hub.changed(table);
      }
    } catch (error) {
      log.error({ err: error }, 'the day’s upkeep of the registry failed');
    }
  }
}
