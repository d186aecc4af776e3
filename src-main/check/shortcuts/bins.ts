/** Numbers sorted into few bins, which is all that a tree compares. */
export interface Binned {
  /** By feature: the bin of each row. */
  columns: Uint8Array[];
  /** By feature: how many bins it has. */
  bins: number[];
}

/**
 * Sorts each feature into bins of about as many rows each; a value that many rows share, such as a width of 512, has a
 * bin of its own. Labels have no say, so bins made of all rows tell nothing of the rows that are evaluated.
 * @param rows their features, in one order. @param most bins, 256 at most.
 * @param pause called between features: may wait, or throw to break off.
 */
export async function binned(
  rows: readonly Float32Array[],
  most: number,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<Binned> {
  const columns: Uint8Array[] = [];
  const bins: number[] = [];
  for (let feature = 0; feature < (rows[0]?.length ?? 0); feature += 1) {
    const values = Float32Array.from(rows, (row) => row[feature]!);
    const column = binnedColumn(values, most);
    columns.push(column.bins);
    bins.push(column.count);
    await pause();
  }
  return { columns, bins };
}

/** One feature: the bin of each row, and how many bins there are. */
export function binnedColumn(values: Float32Array, most: number): { bins: Uint8Array; count: number } {
  const starts = startsOf(values, most);
  return { bins: Uint8Array.from(values, (value) => binOf(starts, value)), count: starts.length };
}

/** The least value of each bin, rising. */
function startsOf(values: Float32Array, most: number): Float32Array {
  const sorted = Float32Array.from(values).sort();
  const distinct: { value: number; count: number }[] = [];
  for (const value of sorted) {
    const last = distinct.at(-1);
    if (last?.value === value) last.count += 1;
    else distinct.push({ value, count: 1 });
  }
  if (distinct.length <= most) return Float32Array.from(distinct, ({ value }) => value);
  // A frequent value closes the bin before it and its own: two bins at most for each full share of the rows.
  const share = (2 * values.length) / most;
  const starts: number[] = [];
  let filled = Infinity;
  for (const { value, count } of distinct) {
    if (filled >= share || count >= share) {
      starts.push(value);
      filled = 0;
    }
    filled += count;
  }
  return Float32Array.from(starts.slice(0, most));
}

/** The last bin that starts at or below a value. */
function binOf(starts: Float32Array, value: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
