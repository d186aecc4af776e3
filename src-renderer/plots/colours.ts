/**
 * A figure with its colours resolved: every string `var(--name)`, at any depth.
 * Long lists of numbers are passed through unchanged.
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

/** A user-chosen name, escaped for plotly's tags and templates. */
export const plain = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('%{', '%&#123;');
