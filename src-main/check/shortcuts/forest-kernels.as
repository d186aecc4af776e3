// What growing a forest spends its time on, in AssemblyScript: `npm run kernels` makes forest-kernels.wasm.ts of it. Addresses are
// into the module's memory, which random-forest.ts lays out. A draw is a row (uint32) and what it counts (uint32): how often it was
// drawn, and above these 16 bits the same if it is of class 1.

/** Draws that a leaf holds at least. */
const LEAF: i32 = 3;
/** Far more below 1 than rounding makes of products and quotients. */
const NEARLY: f64 = 1 - 1e-9;

/**
 * The best cut of a feature: the one that leaves the purest halves (Gini).
 * @param column uint8, the bin of each row. @param draws of the node, so many. @param n how often all of them were drawn, and
 *   `ones` of class 1. @param bins of the feature. @param counts uint32 [256], all 0 and left so.
 * @param purest float64, Σ ones² ÷ n over the halves: the best so far, and then this one's if it is better.
 * @returns the last bin of the lower half; −1 when no cut is better; −2 when all draws are in one bin.
 */
export function cut(
  column: usize, draws: usize, entries: i32, n: i32, ones: i32, bins: i32, counts: usize, purest: usize,
): i32 {
  left = 0;
  leftOnes = 0;
  least = load<f64>(purest);
  best = -1;
  let used = 0;
  const end = draws + (<usize>entries << 3);
  if (entries < FEW) {
    // Few draws are in few bins: which ones is noted, a bit each, so that the others need not be looked at.
    let seen0: u64 = 0;
    let seen1: u64 = 0;
    let seen2: u64 = 0;
    let seen3: u64 = 0;
    for (let at = draws; at < end; at += 8) {
      const draw = load<u64>(at);
      const bin = <u64>load<u8>(column + <usize>(draw & 0xffffffff));
      const counter = counts + (<usize>bin << 2);
      store<u32>(counter, load<u32>(counter) + <u32>(draw >> 32));
      const bit = u64(1) << (bin & 63);
      const quarter = bin >> 6;
      seen0 |= quarter == 0 ? bit : 0;
      seen1 |= quarter == 1 ? bit : 0;
      if (bins > 128) {
        seen2 |= quarter == 2 ? bit : 0;
        seen3 |= quarter == 3 ? bit : 0;
      }
    }
    for (; seen0 != 0; seen0 &= seen0 - 1, used += 1) weigh(<i32>ctz(seen0), counts, n, ones);
    for (; seen1 != 0; seen1 &= seen1 - 1, used += 1) weigh(64 + <i32>ctz(seen1), counts, n, ones);
    for (; seen2 != 0; seen2 &= seen2 - 1, used += 1) weigh(128 + <i32>ctz(seen2), counts, n, ones);
    for (; seen3 != 0; seen3 &= seen3 - 1, used += 1) weigh(192 + <i32>ctz(seen3), counts, n, ones);
  } else {
    for (let at = draws; at < end; at += 8) {
      const draw = load<u64>(at);
      const counter = counts + (<usize>load<u8>(column + <usize>(draw & 0xffffffff)) << 2);
      store<u32>(counter, load<u32>(counter) + <u32>(draw >> 32));
    }
    for (let bin = 0; bin < bins && left < n; bin += 1) {
      if (load<u32>(counts + (<usize>bin << 2)) == 0) continue;
      used += 1;
      weigh(bin, counts, n, ones);
    }
  }
  store<f64>(purest, least);
  return used == 1 ? -2 : best;
}

/** Entries from which on a node's draws are in most bins. */
const FEW: i32 = 64;

// Of the cut that is looked for: what lies below it, the purity to better, and the best bin so far.
let left: i32 = 0;
let leftOnes: i32 = 0;
let least: f64 = 0;
let best: i32 = -1;

/** Looks how pure the halves are that a cut behind a bin leaves, and forgets what the bin counted. */
// @ts-ignore: decorator
@inline
function weigh(bin: i32, counts: usize, n: i32, ones: i32): void {
  const counter = counts + (<usize>bin << 2);
  const here = load<u32>(counter);
  store<u32>(counter, 0);
  left += here & 0xffff;
  leftOnes += here >> 16;
  const right = n - left;
  if (left < LEAF || right < LEAF) return;
  const lefts = <f64>left;
  const rights = <f64>right;
  const leftOne = <f64>leftOnes;
  const rightOne = <f64>(ones - leftOnes);
  const ofLeft = leftOne * leftOne + (lefts - leftOne) * (lefts - leftOne);
  const ofRight = rightOne * rightOne + (rights - rightOne) * (rights - rightOne);
  // The same without dividing, which takes longest: what is clearly no better need not be known to the last bit.
  if (ofLeft * rights + ofRight * lefts < least * NEARLY * (lefts * rights)) return;
  const purity = ofLeft / lefts + ofRight / rights;
  if (purity > least) {
    least = purity;
    best = bin;
  }
}

/** Puts the draws whose bin is at most `bin` first. @returns how many these are. */
export function part(column: usize, draws: usize, entries: i32, bin: i32): i32 {
  let middle = draws;
  const end = draws + (<usize>entries << 3);
  for (let at = draws; at < end; at += 8) {
    const draw = load<u64>(at);
    if (<i32>load<u8>(column + <usize>(draw & 0xffffffff)) > bin) continue;
    store<u64>(at, load<u64>(middle));
    store<u64>(middle, draw);
    middle += 8;
  }
  return <i32>((middle - draws) >> 3);
}

/** What draws count together. */
export function sum(draws: usize, entries: i32): u32 {
  let all: u32 = 0;
  for (let i = 0; i < entries; i += 1) all += load<u32>(draws + (<usize>i << 3), 4);
  return all;
}
