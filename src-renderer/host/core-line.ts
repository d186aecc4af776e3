import { type ClientLink, createORPCClient, mapEventIterator, ORPCError } from '@orpc/client';
import type { Client, LinkState } from './host.ts';

/** One connection to the core; a line that breaks and comes back has had several. */
export type Wire = { link: ClientLink<Record<never, never>>; closed: boolean };

/** The state of a window's line to the core, and the client that uses whichever wire is there. */
export class Line {
  readonly client: Client;
  #state: LinkState = 'connecting';
  #wire: Wire | null = null;
  readonly #listeners = new Set<(state: LinkState) => void>();

  constructor() {
    this.client = createORPCClient<Client>({
      call: async (path, input, options) => {
        const wire = await this.#open();
        const word = (error: unknown) =>
          wire.closed && options.signal?.aborted !== true ? connectionLost(error) : error;
        try {
          const output = await wire.link.call(path, input, options);
          if (!isIterator(output)) return output;
          return mapEventIterator(output, {
            value: (value) => Promise.resolve(value),
            error: (error) => Promise.resolve(word(error)),
          });
        } catch (error) {
          throw word(error);
        }
      },
    });
  }

  get state(): LinkState {
    return this.#state;
  }

  /** @returns what ends the listening. */
  onState(listener: (state: LinkState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  connected(wire: Wire): void {
    this.#wire = wire;
    this.#become('open');
  }

  /** Calls under way over the wire end by themselves. */
  broken(state: 'lost' | 'elsewhere'): void {
    if (this.#wire) this.#wire.closed = true;
    this.#wire = null;
    this.#become(state);
  }

  /** Before the first wire is there a call waits for it; later it is refused at once, so that a person is told. */
  #open(): Promise<Wire> {
    if (this.#wire) return Promise.resolve(this.#wire);
    if (this.#state !== 'connecting') return Promise.reject(connectionLost());
    return new Promise((resolve, reject) => {
      const stop = this.onState(() => {
        stop();
        if (this.#wire) resolve(this.#wire);
        else reject(connectionLost());
      });
    });
  }

  #become(state: LinkState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}

const connectionLost = (cause?: unknown) =>
  new ORPCError('connection-lost', {
    message:
      'The connection to Falx is broken. It is tried again; what was asked for last may not have happened.',
    data: {},
    cause,
  });

const isIterator = (value: unknown): value is AsyncIterator<unknown, unknown, void> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value;
