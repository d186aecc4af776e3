import type { Binned } from './bins.ts';

/**
 * A random forest for two classes (Breiman 2001, Machine Learning 45), balanced as Chen, Liaw and Breiman (2004) do:
 * every tree learns from as many draws of one class as of the other. A draw takes a group first and then one of its
 * images, so that a scan with many twins counts no more than one without.
 */
export interface Forest {
  /** Probability of class 1 for each row, 0 to 1: the mean over the trees of the share in their leaves. */
  predict: (rows: readonly number[]) => Float64Array;
}

/** Fixed before any data was seen. */
const TREES = 200;
/** Draws that a leaf holds at least. */
const LEAF = 3;
const DEPTH = 24;

/** Rows of both classes, each as groups of rows. */
export type Training = readonly [readonly (readonly number[])[], readonly (readonly number[])[]];

/**
 * Grows a forest.
 * @param features columns in bins, of all rows. @param training the rows to learn from, both classes present.
 * @param pause called between trees: may wait, or throw to break off.
 */
export async function growForest(
  features: Binned,
  training: Training,
  random: () => number,
  pause: (done: number, total: number) => Promise<void>,
): Promise<Forest> {
  const trees: Tree[] = [];
  for (let tree = 0; tree < TREES; tree += 1) {
    trees.push(growTree(features, drawn(training, random), random));
    await pause(tree + 1, TREES);
  }
  return {
    predict: (rows) =>
      Float64Array.from(
        rows,
        (row) => trees.reduce((sum, tree) => sum + leafOf(features, tree, row), 0) / TREES,
      ),
  };
}

/** Rows with their class in the lowest bit; half of them of either class. */
function drawn(training: Training, random: () => number): Int32Array {
  const each = Math.ceil((training[0].length + training[1].length) / 2);
  if (2 * each >= PACKED)
    throw new RangeError(`Expected fewer than ${PACKED} draws but received ${2 * each}`);
  const draws = new Int32Array(2 * each);
  for (let at = 0; at < draws.length; at += 1) {
    const label = at < each ? 0 : 1;
    const groups = training[label];
    const group = groups[Math.floor(random() * groups.length)]!;
    draws[at] = (group[Math.floor(random() * group.length)]! << 1) | label;
  }
  return draws;
}

/** Nodes in arrays: `feature` is −1 for a leaf; else rows whose bin is at most `bin` go to `left`, others to `left` + 1. */
interface Tree {
  feature: number[];
  bin: number[];
  left: number[];
  /** Share of class 1 among the draws that came here. */
  share: number[];
}

function leafOf({ columns }: Binned, { feature, bin, left, share }: Tree, row: number): number {
  let node = 0;
  while (feature[node]! >= 0) node = left[node]! + Number(columns[feature[node]!]![row]! > bin[node]!);
  return share[node]!;
}

function growTree(features: Binned, draws: Int32Array, random: () => number): Tree {
  const tree: Tree = { feature: [], bin: [], left: [], share: [] };
  const candidates = Array.from(features.columns.keys());
  const tried = Math.max(1, Math.round(Math.sqrt(candidates.length)));
  const add = () => {
    tree.feature.push(-1);
    tree.bin.push(0);
    tree.left.push(0);
    return tree.share.push(0) - 1;
  };
  const open = [{ node: add(), from: 0, to: draws.length, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, from, to, depth } = next;
    let ones = 0;
    for (let at = from; at < to; at += 1) ones += draws[at]! & 1;
    tree.share[node] = ones / (to - from);
    if (ones === 0 || ones === to - from || to - from < 2 * LEAF || depth === DEPTH) continue;
    const split = bestSplit(features, draws, from, to, ones, candidates, tried, random);
    if (!split) continue;
    const middle = partition(features.columns[split.feature]!, draws, from, to, split.bin);
    const left = add();
    add();
    Object.assign(tree.feature, { [node]: split.feature });
    tree.bin[node] = split.bin;
    tree.left[node] = left;
    open.push({ node: left, from, to: middle, depth: depth + 1 });
    open.push({ node: left + 1, from: middle, to, depth: depth + 1 });
  }
  return tree;
}

/**
 * The split that leaves the purest halves (Gini) among features drawn at random. Features that are the same in all
 * draws are passed over without counting, as scikit-learn does.
 */
function bestSplit(
  { columns }: Binned,
  draws: Int32Array,
  from: number,
  to: number,
  ones: number,
  candidates: number[],
  tried: number,
  random: () => number,
): { feature: number; bin: number } | null {
  const n = to - from;
  let best: { feature: number; bin: number } | null = null;
  // Σ ones² / n over the halves: the larger, the purer; a split must better the whole.
  let purest = (ones * ones + (n - ones) * (n - ones)) / n + 1e-9;
  let counted = 0;
  for (let k = 0; k < candidates.length && counted < tried; k += 1) {
    const other = k + Math.floor(random() * (candidates.length - k));
    const feature = candidates[other]!;
    candidates[other] = candidates[k]!;
    candidates[k] = feature;
    const bins = count(columns[feature]!, draws, from, to);
    if (bins === 1) {
      counts[used[0]!] = 0;
      continue;
    }
    counted += 1;
    let left = 0;
    let leftOnes = 0;
    for (let at = 0; at < bins; at += 1) {
      const bin = used[at]!;
      const here = counts[bin]!;
      counts[bin] = 0;
      left += here % PACKED;
      leftOnes += here >>> PACKED_BITS;
      if (left < LEAF || n - left < LEAF) continue;
      const right = n - left;
      const rightOnes = ones - leftOnes;
      const ofLeft = leftOnes * leftOnes + (left - leftOnes) * (left - leftOnes);
      const ofRight = rightOnes * rightOnes + (right - rightOnes) * (right - rightOnes);
      // The same without dividing, which takes longest of all: what is clearly no better need not be known to the last bit.
      if (ofLeft * right + ofRight * left < purest * NEARLY * (left * right)) continue;
      const purity = ofLeft / left + ofRight / right;
      if (purity > purest) {
        purest = purity;
        best = { feature, bin };
      }
    }
  }
  return best;
}

/** Far more below 1 than rounding makes of products and quotients. */
const NEARLY = 1 - 1e-9;

/** By bin: how many draws there are, and above these 16 bits how many of class 1. All 0 between two features. */
const counts = new Uint32Array(256);
const PACKED_BITS = 16;
const PACKED = 2 ** PACKED_BITS;
/** The bins with any draws, rising; and which they are, a bit each. */
const used = new Uint8Array(256);
const seen = new Int32Array(256 / 32);

/**
 * Counts the draws of a node by their bins. Most nodes have far fewer draws than there are bins, so that only those with any are
 * looked at. @returns how many these are.
 */
function count(column: Uint8Array, draws: Int32Array, from: number, to: number): number {
  for (let at = from; at < to; at += 1) {
    const draw = draws[at]!;
    const bin = column[draw >> 1]!;
    counts[bin]! += 1 + ((draw & 1) << PACKED_BITS);
    seen[bin >> 5]! |= 1 << (bin & 31);
  }
  let bins = 0;
  for (let word = 0; word < seen.length; word += 1) {
    for (let bits = seen[word]!; bits !== 0; bits &= bits - 1)
      used[bins++] = 32 * word + 31 - Math.clz32(bits & -bits);
    seen[word] = 0;
  }
  return bins;
}

/** Puts the draws whose bin is at most `bin` first. @returns where the others begin. */
function partition(column: Uint8Array, draws: Int32Array, from: number, to: number, bin: number): number {
  let middle = from;
  for (let at = from; at < to; at += 1) {
    const draw = draws[at]!;
    if (column[draw >> 1]! > bin) continue;
    draws[at] = draws[middle]!;
    draws[middle] = draw;
    middle += 1;
  }
  return middle;
}
