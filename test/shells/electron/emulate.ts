import { EventEmitter } from 'node:events';

/** An emitter's own methods give back the emitter; which events it has, `EventsOf` checks. */
type Members<Real> = Partial<Omit<Real, keyof EventEmitter>>;

/**
 * A part of Electron that is emulated, as the real type: the compiler checks each member it has against the real one's,
 * and what it lacks fails when it is used. The real thing would have it, and do what nobody here has thought of.
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

/** A class: what its constructor takes and gives, and its statics, are checked likewise. */
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
  }) as unknown as Real; // a function that makes objects of a class is no class to the compiler
}

/** Those of some events which the real type has, with the arguments it tells them with; `never` for others. */
export type EventsOf<Real, Events extends Record<keyof Events, unknown[]>> = {
  [Name in keyof Events]: Real extends { on(event: Name, listener: (...args: Events[Name]) => void): unknown }
    ? Events[Name]
    : never;
};

/** Tells events that the real type has; the compiler refuses others. */
export class Teller<Events extends Record<keyof Events, unknown[]>> extends EventEmitter {
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
