/** Mean and standard deviation (with n − 1); null where a value is missing, or there is none, or one has no deviation. */
export function spreadOf(values: readonly (number | null)[]): { mean: number | null; sd: number | null } {
  const known = values.filter((value) => value !== null);
  if (known.length < values.length || known.length === 0) return { mean: null, sd: null };
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: known.length > 1 ? Math.sqrt(squares / (known.length - 1)) : null };
}
