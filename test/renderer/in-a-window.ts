import { vi } from 'vitest';
import type { Client, Host } from '../../src-renderer/host/host.ts';

type Some<T> = T extends (...args: never[]) => unknown
  ? (...args: never[]) => unknown
  : { [K in keyof T]?: Some<T[K]> };

/** The app whose state a test looks at, with what of the core it asks; modules of the window are loaded after it. */
export async function appWith(client: Some<Client>, host: Some<Host> = {}) {
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined }));
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('location', { hash: '' });
  const { app } = await import('../../src-renderer/app/app.svelte.ts');
  Object.assign(app, { client, host });
  return app;
}

/** What is answered when the test says so. */
export function held<T>() {
  const asked: PromiseWithResolvers<T>[] = [];
  return {
    ask: (): Promise<T> => {
      const one = Promise.withResolvers<T>();
      asked.push(one);
      return one.promise;
    },
    /** How often it was asked. */
    get times(): number {
      return asked.length;
    },
    /** Answers the first question, or a later one, and lets what follows from it happen. */
    async answer(value: T, which = 0): Promise<void> {
      asked[which]!.resolve(value);
      await settled();
    },
  };
}

/** Lets everything happen that waits for nothing. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await Promise.resolve();
}
