import { addressOf, parseAddress, type Address, type RouteName } from './address.ts';

/** The window's current address. It is in the URL's hash, so that every shell serves the same page for all of them. */
class Route {
  #address = $state.raw<Address>(parseAddress(location.hash));

  // Separate, so that a component that uses the name only is not updated by another query.
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

/** Navigates as a link does; `replace` adds no entry for the Back button. */
export function go(name: RouteName, id?: string | null, query: Query = {}, replace = false): void {
  const href = hrefOf(name, id, query);
  if (href === location.hash) return;
  if (replace) location.replace(href);
  else location.hash = href;
}
