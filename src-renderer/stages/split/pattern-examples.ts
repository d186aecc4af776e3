/** Common patterns, with what they match in `Tumour/p07_T1_45.png`. */
export const examples = [
  { key: 'prefix', pattern: '([^/_-]+)[_-][^/]*$' },
  { key: 'folder', pattern: '^[^/]+/([^/]+)/' },
  { key: 'digits', pattern: '(\\d+)[^/]*$' },
] as const;

/** Whether a text is a regular expression that the core accepts. */
export function isPattern(text: string): boolean {
  if (text.length === 0 || text.length > 500) return false;
  try {
    new RegExp(text);
    return true;
  } catch {
    return false; // Still being typed: the field shows a message.
  }
}
