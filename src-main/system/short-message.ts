/** Most characters of an error's message that are shown. */
const SHOWN = 500;

/**
 * An error's message in one short line: for an invalid record only the first field and what is wrong with it, not everything that
 * the schema reports.
 */
export function shortMessage(error: unknown): string {
  const issues = (error as { issues?: unknown } | null | undefined)?.issues;
  const [first] = Array.isArray(issues) ? (issues as { path?: unknown[]; message?: unknown }[]) : [];
  const text = first
    ? `${(first.path ?? []).map(String).join('.') || 'record'}: ${String(first.message)}`
    : error instanceof Error
      ? error.message
      : String(error);
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
