/**
 * A clock that advances only on request: while it is installed, it controls all timers and `performance.now` of this
 * process. Timers due at the same time run in the order in which they were set.
 */
export class FakeClock {
  now = 0;
  readonly #due: Timer[] = [];
  #count = 0;
  #real: Saved | null = null;

  set(): void {
    const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
    this.#real = { setTimeout, clearTimeout, setInterval, clearInterval, now: performance.now };
    const ask =
      (again: boolean) =>
      (act: (...args: unknown[]) => void, after = 0, ...args: unknown[]) =>
        this.#ask(() => act(...args), Math.max(1, after), again);
    const forget = (timer?: Timer) => {
      if (timer) timer.off = true;
    };
    Object.assign(globalThis, {
      setTimeout: ask(false),
      setInterval: ask(true),
      clearTimeout: forget,
      clearInterval: forget,
    });
    performance.now = () => this.now;
  }

  restore(): void {
    const { now, ...timers } = this.#real!;
    Object.assign(globalThis, timers);
    performance.now = now;
  }

  after(milliseconds: number, act: () => void): void {
    this.#ask(act, milliseconds, false);
  }

  /** Advances to the next timer, and lets all its consequences happen. @returns false when there is none. */
  async step(): Promise<boolean> {
    const next = this.#next();
    if (!next) return false;
    this.now = Math.max(this.now, next.at);
    if (next.every === null) next.off = true;
    else next.at = this.now + next.every;
    next.order = ++this.#count;
    next.act();
    await settled();
    return true;
  }

  #ask(act: () => void, after: number, again: boolean): Timer {
    const timer = new Timer(act, this.now + after, again ? after : null, ++this.#count);
    this.#due.push(timer);
    return timer;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (let i = this.#due.length - 1; i >= 0; i--) {
      const timer = this.#due[i]!;
      if (timer.off) this.#due.splice(i, 1);
      else if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}

/** Resolves once every promise that can proceed has: they all do before the next turn. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Timer {
  off = false;
  readonly act: () => void;
  at: number;
  readonly every: number | null;
  order: number;

  constructor(act: () => void, at: number, every: number | null, order: number) {
    [this.act, this.at, this.every, this.order] = [act, at, every, order];
  }

  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

type Saved = Pick<typeof globalThis, 'setTimeout' | 'clearTimeout' | 'setInterval' | 'clearInterval'> & {
  now: () => number;
};
