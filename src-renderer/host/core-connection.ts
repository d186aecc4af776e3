import { type ClientLink, createORPCClient, mapEventIterator, ORPCError } from '@orpc/client';
import type { Client, LinkState } from './host.ts';

/** One transport to the core; a connection that was lost and restored has had several. */
export type Wire = { link: ClientLink<Record<never, never>>; closed: boolean };

/** The state of a window's connection to the core, and a client that uses the current wire. */
export class CoreConnection {
  readonly client: Client;
  #state: LinkState = 'connecting';
  #wire: Wire | null = null;
  readonly #listeners = new Set<(state: LinkState) => void>();

  constructor() {
    this.client = createORPCClient<Client>({
      call: async (path, input, options) => {
        const wire = await this.#open();
        const asLost = (error: unknown) =>
          wire.closed && options.signal?.aborted !== true ? connectionLost(error) : error;
        try {
          const output = await wire.link.call(path, input, options);
          if (!isIterator(output)) return output;
          return mapEventIterator(output, {
            value: (value) => Promise.resolve(value),
            error: (error) => Promise.resolve(asLost(error)),
          });
        } catch (error) {
          throw asLost(error);
        }
      },
    });
  }

  get state(): LinkState {
    return this.#state;
  }

  /** @returns a function that unsubscribes. */
  onState(listener: (state: LinkState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  opened(wire: Wire): void {
    this.#wire = wire;
    this.#setState('open');
  }

  /** The calls under way on the wire reject by themselves. */
  closed(state: 'lost' | 'elsewhere'): void {
    if (this.#wire) this.#wire.closed = true;
    this.#wire = null;
    this.#setState(state);
  }

  /** Before the first wire exists, a call waits for it; later it is rejected at once, so that the user is told. */
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

  #setState(state: LinkState): void {
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
