import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createRouterClient } from '@orpc/server';
import type { TrainingState, AppEvent } from '../../src-main/contract/views.ts';
import { type Core, openCore } from '../../src-main/core/core.ts';
import { routerOf } from '../../src-main/core/router.ts';
import { Registry } from '../../src-main/registry/registry.ts';

/** A core on its own home folder, called as by a window, and everything that it reports. */
export type TestCore = {
  home: string;
  core: Core;
  client: ReturnType<typeof clientOf>;
  events: AppEvent[];
  /** The first matching event from now on. */
  heard: (fits: (event: AppEvent) => boolean) => Promise<AppEvent>;
  /** Resolves once nothing is in training or about to be. */
  idle: () => Promise<void>;
  close: () => Promise<void>;
};

const clientOf = (core: Core) => createRouterClient(routerOf(core));

export function newHome(): { home: string; remove: () => void } {
  const home = mkdtempSync(path.join(tmpdir(), 'falx-core-'));
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** A core for all tests of a file, on its own home folder, available when they begin. @param rest as for `openTestCore`. */
export function coreOfFile(...rest: DropFirst<Parameters<typeof openTestCore>>): TestCore {
  const { home, remove } = newHome();
  const open = {} as TestCore;
  beforeAll(async () => {
    Object.assign(open, await openTestCore(home, ...rest));
  });
  afterAll(async () => {
    await open.close();
    remove();
  });
  return open;
}

type DropFirst<All extends readonly unknown[]> = All extends readonly [unknown, ...infer Rest] ? Rest : never;

/** @param prepare fills the home folder's registry before the core opens it. */
export async function openTestCore(
  home: string,
  prepare?: (registry: Registry) => Promise<unknown> | void,
  options: Pick<Parameters<typeof openCore>[0], 'chooseDevices' | 'auditReport'> = {},
): Promise<TestCore> {
  if (prepare) {
    const registry = Registry.open(home);
    await prepare(registry);
    registry.close();
  }
  const core = await openCore({ home, shell: 'browser', ...options });
  const listening = new AbortController();
  const events: AppEvent[] = [];
  const waiting = new Set<(event: AppEvent) => void>();
  const listened = (async () => {
    for await (const event of core.hub.listen(listening.signal)) {
      events.push(event);
      for (const tell of waiting) tell(event);
    }
  })();
  const heard: TestCore['heard'] = (fits) =>
    new Promise((resolve) => {
      const tell = (event: AppEvent) => {
        if (!fits(event)) return;
        waiting.delete(tell);
        resolve(event);
      };
      waiting.add(tell);
    });
  const isIdle = ({ active, queue }: TrainingState) => active.length === 0 && queue.length === 0;
  return {
    home,
    core,
    client: clientOf(core),
    events,
    heard,
    idle: async () => {
      if (isIdle(core.training.state())) return;
      await heard((event) => event.kind === 'training' && isIdle(event.training));
    },
    close: async () => {
      await core.close();
      listening.abort();
      await listened;
    },
  };
}
