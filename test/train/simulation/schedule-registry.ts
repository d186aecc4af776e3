import { FalxError } from '../../../src-main/contract/errors.ts';
import type { Registry } from '../../../src-main/registry/registry.ts';

/** When a registry fails: never, before a call does anything, or after it has done all (the answer is lost). */
export type Failing = { how: 'not' | 'before' | 'after'; share: number };

const failing = new Set([
  'updateRun',
  'addEpoch',
  'claimNextQueued',
  'runs',
  'run',
  'queue',
  'addRun',
  'parts',
  'moveInQueue',
]);

/** A real registry that fails at times, as on a disk that is full or away. @param chance whether this call does. */
export function unsure(registry: Registry, state: Failing, chance: (share: number) => boolean): Registry {
  const bound = new Map<PropertyKey, unknown>();
  return new Proxy(registry, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const known = bound.get(key);
      if (known) return known;
      const call = (...args: unknown[]): unknown => {
        const fails =
          typeof key === 'string' && failing.has(key) && state.how !== 'not' && chance(state.share);
        if (fails && state.how === 'before') throw lost();
        const answer: unknown = Reflect.apply(value as (...all: unknown[]) => unknown, target, args);
        if (fails) throw lost();
        return answer;
      };
      bound.set(key, call);
      return call;
    },
  });
}

const lost = () =>
  new FalxError('registryOnDisk', {
    file: 'registry.db',
    sqlite: 'SQLITE_IOERR',
    detail: { from: 'SQLite', text: 'disk I/O error' },
  });
