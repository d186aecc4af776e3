import { EventEmitter } from 'node:events';

/** An emitter's own methods return the emitter; `EventsOf` checks which events it has. */
type Members<Real> = Partial<Omit<Real, keyof EventEmitter>>;

/**
 * A partial emulation of Electron, with the real type: the compiler checks each of its members against the real one's;
 * using a missing member fails, where the real one would do what nobody here has emulated.
 */
export function emulate<Real extends object>(name: string, part: Members<Real>, bind = true): Real {
  return new Proxy(part, {
    get(target, key) {
      if (typeof key === 'string' && !(key in target) && key !== 'then' && key !== 'toJSON')
        throw new Error(`the stand-in for Electron has no ${name}.${key}`);
      const value: unknown = Reflect.get(target, key);
      return bind && typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
    set(_target, key) {
      throw new Error(`${name}.${String(key)} is set, which Electron's types don't foresee`);
    },
  }) as Real;
}

type Constructor = abstract new (...args: never[]) => object;

/** For a class: its constructor's parameters and result, and its statics, are checked likewise. */
export function emulateClass<Real extends Constructor>(
  name: string,
  construct: (...args: ConstructorParameters<Real>) => InstanceType<Real>,
  statics: Members<Omit<Real, 'prototype'>> = {},
): Real {
  const make = emulate(
    name,
    Object.assign(function () {}, statics),
  );
  return new Proxy(make, {
    construct: (_target, args) => construct(...(args as ConstructorParameters<Real>)),
  }) as unknown as Real; // the compiler does not take a function that returns instances for a class
}

/** The given events that the real type has, with its arguments for them; `never` for others. */
export type EventsOf<Real, Events extends Record<keyof Events, unknown[]>> = {
  [Name in keyof Events]: Real extends { on(event: Name, listener: (...args: Events[Name]) => void): unknown }
    ? Events[Name]
    : never;
};

/** Emits events that the real type has; the compiler rejects others. */
export class TypedEmitter<Events extends Record<keyof Events, unknown[]>> extends EventEmitter {
  tell<Name extends keyof Events & string>(event: Name, ...args: Events[Name]): void {
    this.emit(event, ...args);
  }
}

/** An event that can be prevented. */
export function preventable<T extends object>(more: T) {
  const event = {
    defaultPrevented: false,
    preventDefault: () => void (event.defaultPrevented = true),
    ...more,
  };
  return event;
}
