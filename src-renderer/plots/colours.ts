/**
 * A figure with its colours looked up: every text `var(--name)`, however deep.
 * Long lists of numbers are handed on as they are.
 */
export function withColours<T>(value: T, colourOf: (name: string) => string): T {
  return resolved(value, colourOf) as T;
}

function resolved(value: unknown, colourOf: (name: string) => string): unknown {
  if (typeof value === 'string') {
    const [, name] = /^var\((--[\w-]+)\)$/.exec(value) ?? [];
    return name ? colourOf(name) : value;
  }
  if (Array.isArray(value))
    return typeof value[0] === 'number' ? value : value.map((item) => resolved(item, colourOf));
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item, colourOf)]));
}

/** A name that people chose, safe from plotly's tags and templates. */
export const plain = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('%{', '%&#123;');
