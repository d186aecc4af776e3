import { Assembly, type Address } from '../../system/assembly.ts';
import type { Binned } from './bins.ts';
import { wasm } from './forest-kernels.wasm.ts';

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
/** Draws that a leaf holds at least, as in the kernels. */
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
  const rows = features.columns[0]?.length ?? 0;
  const trees: Tree[] = [];
  for (let tree = 0; tree < TREES; tree += 1) {
    trees.push(growTree(features, drawn(training, rows, random), random));
    await pause(tree + 1, TREES);
  }
  return { predict: (rows) => meanShares(features, trees, rows) };
}

/** How often each row was drawn as of class 0, and of class 1: half of the draws are of either. uint16 [rows, 2]. */
function drawn(training: Training, rows: number, random: () => number): Uint16Array {
  const each = Math.ceil((training[0].length + training[1].length) / 2);
  if (2 * each >= ONE) throw new RangeError(`Expected fewer than ${ONE} draws but received ${2 * each}`);
  const draws = new Uint16Array(2 * rows);
  for (const label of [0, 1] as const) {
    const groups = training[label];
    for (let at = 0; at < each; at += 1) {
      const group = groups[Math.floor(random() * groups.length)]!;
      draws[2 * group[Math.floor(random() * group.length)]! + label]! += 1;
    }
  }
  return draws;
}

/** What a draw of class 1 counts besides 1. */
const ONE = 2 ** 16;

/** Nodes in arrays: `feature` is −1 for a leaf; else rows whose bin is at most `bin` go to `left`, others to `left` + 1. */
interface Tree {
  feature: number[];
  bin: number[];
  left: number[];
  /** Share of class 1 among the draws that came here. */
  share: number[];
}

/** For each row the mean over trees of the share in the leaf it falls into. */
function meanShares({ columns }: Binned, trees: readonly Tree[], rows: readonly number[]): Float64Array {
  const sums = new Float64Array(rows.length);
  for (const { feature, bin, left, share } of trees)
    for (let at = 0; at < rows.length; at += 1) {
      let node = 0;
      for (let tested = feature[0]!; tested >= 0; tested = feature[node]!)
        node = left[node]! + (columns[tested]![rows[at]!]! > bin[node]! ? 1 : 0);
      sums[at]! += share[node]!;
    }
  return sums.map((sum) => sum / trees.length);
}

interface Kernels {
  cut(
    column: Address,
    draws: Address,
    entries: number,
    n: number,
    ones: number,
    bins: number,
    counts: Address,
    purest: Address,
  ): number;
  part(column: Address, draws: Address, entries: number, bin: number): number;
  sum(draws: Address, entries: number): number;
}

/** Its memory holds the columns of one forest's features, and then one tree's draws. */
const loops = new Assembly<Kernels>(wasm);
/** Whose columns lie there, and where. */
let laidOut: { of: Binned; columns: number[]; draws: Address; counts: Address; purest: Address } | null =
  null;

function layOut(features: Binned): NonNullable<typeof laidOut> {
  if (laidOut?.of === features) return laidOut;
  loops.free();
  const rows = features.columns[0]?.length ?? 0;
  const columns = features.columns.map((column) => loops.placed(column));
  const [counts, purest, draws] = [loops.zeros(256), loops.room(8), loops.room(2 * 8 * rows)];
  return (laidOut = { of: features, columns, draws, counts, purest });
}

function growTree(features: Binned, drawn: Uint16Array, random: () => number): Tree {
  const laid = layOut(features);
  const tree: Tree = { feature: [], bin: [], left: [], share: [] };
  const candidates = Array.from(features.columns.keys());
  const tried = Math.max(1, Math.round(Math.sqrt(candidates.length)));
  const add = () => {
    tree.feature.push(-1);
    tree.bin.push(0);
    tree.left.push(0);
    return tree.share.push(0) - 1;
  };
  const open = [{ node: add(), from: 0, to: place(drawn, laid.draws), depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, from, to, depth } = next;
    const draws = { at: laid.draws + 8 * from, entries: to - from };
    const counted = loops.kernels.sum(draws.at, draws.entries);
    const [n, ones] = [counted & (ONE - 1), counted >>> 16];
    tree.share[node] = ones / n;
    if (ones === 0 || ones === n || n < 2 * LEAF || depth === DEPTH) continue;
    const split = bestSplit(features, draws, n, ones, candidates, tried, random);
    if (!split) continue;
    const { columns } = laid;
    const middle = from + loops.kernels.part(columns[split.feature]!, draws.at, draws.entries, split.bin);
    const left = add();
    add();
    tree.feature[node] = split.feature;
    tree.bin[node] = split.bin;
    tree.left[node] = left;
    open.push({ node: left, from, to: middle, depth: depth + 1 });
    open.push({ node: left + 1, from: middle, to, depth: depth + 1 });
  }
  return tree;
}

/** Lays draws out as the kernels take them. @returns how many entries there are. */
function place(drawn: Uint16Array, at: Address): number {
  const all = loops.counted(at, 2 * drawn.length);
  let to = 0;
  for (let i = 0; i < drawn.length; i += 1) {
    const times = drawn[i]!;
    if (times === 0) continue;
    all[to++] = i >> 1;
    all[to++] = (i & 1) === 0 ? times : times * (1 + ONE);
  }
  return to / 2;
}

/**
 * The split that leaves the purest halves (Gini) among features drawn at random. Features that are the same in all
 * draws are passed over without counting, as scikit-learn does.
 */
function bestSplit(
  features: Binned,
  draws: { at: Address; entries: number },
  n: number,
  ones: number,
  candidates: number[],
  tried: number,
  random: () => number,
): { feature: number; bin: number } | null {
  const { columns, counts, purest } = layOut(features);
  let best: { feature: number; bin: number } | null = null;
  // Σ ones² / n over the halves: the larger, the purer; a split must better the whole.
  loops.floats(purest, 1)[0] = (ones * ones + (n - ones) * (n - ones)) / n + 1e-9;
  let counted = 0;
  for (let k = 0; k < candidates.length && counted < tried; k += 1) {
    const other = k + Math.floor(random() * (candidates.length - k));
    const feature = candidates[other]!;
    candidates[other] = candidates[k]!;
    candidates[k] = feature;
    const bins = features.bins[feature]!;
    const bin = loops.kernels.cut(columns[feature]!, draws.at, draws.entries, n, ones, bins, counts, purest);
    if (bin >= 0) best = { feature, bin };
    if (bin !== SAME) counted += 1;
  }
  return best;
}

/** What `cut` says of a feature that is the same in all draws. */
const SAME = -2;
