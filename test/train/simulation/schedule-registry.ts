import { FalxError } from '../../../src-main/contract/errors.ts';
import type { Registry } from '../../../src-main/registry/registry.ts';

/** When a registry fails: never, before a call has any effect, or after it has completed (the answer is lost). */
export type Failing = { how: 'not' | 'before' | 'after'; share: number };

/** The calls made while runs are trained, by table. */
const failing: Readonly<Record<string, readonly string[]>> = {
  runs: ['update', 'list', 'get', 'add'],
  epochs: ['add', 'list'],
  queue: ['list', 'claimNext', 'move'],
  parts: ['list', 'counts'],
};

/**
 * A real registry that fails at times, as on a full or detached disk. @param chance decides whether a call fails.
 * @param onFailing is called for each that did.
 */
export function unreliable(
  registry: Registry,
  state: Failing,
  chance: (share: number) => boolean,
  onFailing: () => void,
): Registry {
  const failed = () => {
    onFailing();
    throw lost();
  };
  const tables = new Map(
    Object.entries(failing).map(([name, verbs]) => {
      const table = registry[name as keyof Registry] as object;
      return [
        name,
        owned(table, (key, verb) =>
          typeof key === 'string' && verbs.includes(key)
            ? (...args) => {
                const fails = state.how !== 'not' && chance(state.share);
                if (fails && state.how === 'before') failed();
                const answer = verb(...args);
                if (fails) failed();
                return answer;
              }
            : verb,
        ),
      ];
    }),
  );
  const whole = owned(registry, (_, verb) => verb);
  return new Proxy(whole, {
    get: (target, key) => tables.get(key as string) ?? (Reflect.get(target, key) as unknown),
  });
}

type Verb = (...args: unknown[]) => unknown;

/** The same object with wrapped methods, each called on the object itself, which has private fields. */
function owned<T extends object>(of: T, verbFor: (key: PropertyKey, verb: Verb) => Verb): T {
  const known = new Map<PropertyKey, Verb>();
  return new Proxy(of, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const verb = known.get(key) ?? verbFor(key, value.bind(target) as Verb);
      known.set(key, verb);
      return verb;
    },
  });
}

const lost = () =>
  new FalxError('registryOnDisk', {
    file: 'registry.db',
    sqlite: 'SQLITE_IOERR',
    detail: { from: 'SQLite', text: 'disk I/O error' },
  });
