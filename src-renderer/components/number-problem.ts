/** What is wrong with a typed number, or null; each problem has its own message. */
export function numberProblem(
  text: string,
  { min, max, whole }: { min?: number | undefined; max?: number | undefined; whole?: boolean },
): 'missing' | 'unsound' | 'whole' | 'between' | 'low' | 'high' | null {
  const trimmed = text.trim();
  if (trimmed === '') return 'missing';
  const value = Number(trimmed);
  // Number() also accepts 0x10 and Infinity, which nobody means here.
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) || !Number.isFinite(value)) return 'unsound';
  if (whole && !Number.isInteger(value)) return 'whole';
  const [low, high] = [min !== undefined && value < min, max !== undefined && value > max];
  if ((low || high) && min !== undefined && max !== undefined) return 'between';
  if (low) return 'low';
  return high ? 'high' : null;
}
