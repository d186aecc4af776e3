import { addressOf, parseAddress, type Address, type RouteName } from './address.ts';

/** Where the window is. The address lives behind the `#`, so every shell serves the same page for all of them. */
class Route {
  #address = $state.raw<Address>(parseAddress(location.hash));

  // Each by itself: who shows a name need not start anew for another query.
  readonly name = $derived(this.#address.name);
  readonly id = $derived(this.#address.id);
  readonly query = $derived(this.#address.query);

  constructor() {
    addEventListener('hashchange', () => {
      this.#address = parseAddress(location.hash);
    });
  }
}

export const route = new Route();

export type { RouteName } from './address.ts';

type Query = Record<string, string | number | null | undefined>;

/** The link to a place: `#/train/sp-abc?advanced=1`. */
export const hrefOf = (name: RouteName, id?: string | null, query: Query = {}): string =>
  addressOf(name, id, query);

/** Goes there, as a link does; `replace` leaves no step behind for the Back button. */
export function go(name: RouteName, id?: string | null, query: Query = {}, replace = false): void {
  const href = hrefOf(name, id, query);
  if (href === location.hash) return;
  if (replace) location.replace(href);
  else location.hash = href;
}
