/** The wizard's steps in order; `routeNames` adds the two screens beside it. */
export const steps = ['data', 'check', 'split', 'train', 'compare', 'predict'] as const;
export type StepName = (typeof steps)[number];
export const routeNames = [...steps, 'runs', 'settings'] as const;
export type RouteName = (typeof routeNames)[number];

export type Address = { name: RouteName; id: string | null; query: URLSearchParams };

/** Parses a location hash; anything unknown becomes the first step. */
export function parseAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [first = '', id = ''] = path.split('/');
  const name = routeNames.find((known) => known === first);
  return name
    ? { name, id: safelyDecoded(id), query: new URLSearchParams(query) }
    : { name: 'data', id: null, query: new URLSearchParams() };
}

export function addressOf(
  name: RouteName,
  id?: string | null,
  query: Record<string, string | number | null | undefined> = {},
): string {
  const asked = Object.entries(query).filter(([, value]) => value != null);
  const search = new URLSearchParams(asked.map(([key, value]) => [key, String(value)])).toString();
  return `#/${name}${id ? `/${encodeURIComponent(id)}` : ''}${search ? `?${search}` : ''}`;
}

function safelyDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text) || null;
  } catch {
    return null; // Malformed percent-encoding in a typed address.
  }
}
