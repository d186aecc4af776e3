/** Whole groups in bins, so that each bin holds about as many images of each class as it should. */
export interface Balance {
  /** Group → class → images. */
  counts: readonly (readonly number[])[];
  /** Group → bin. */
  bins: number[];
  /** Bin → class → images it should hold, whole or not. */
  targets: readonly (readonly number[])[];
}

/** What it costs to lack a class that is wanted: more than any number of images. */
const MISSING = 1e12;
/** What a bin's whole size weighs beside its classes: of two ways as good for them, the evener one. */
const SIZE = 1e-3;
/** Gains below this, of what there is to gain, are rounding. */
const LEAST = 1e-9;
/** Most changes weighed: a second's work, reached only by thousands of groups of as many sizes. */
const MOST_WEIGHED = 5e6;

/**
 * Moves groups between bins and swaps two of them for as long as that helps, each time by what helps the worst bin
 * most. What is made small is each bin's squared lack or surplus of each class, over what it should hold (Pearson's
 * χ²). The answer depends on the order of groups alone.
 * @param balance its `bins` are changed in place.
 */
export function improve({ counts, bins, targets }: Balance): void {
  const held = targets.map((target) => target.map(() => 0));
  counts.forEach((some, group) => add(held[bins[group]!]!, some, 1));
  const piles = pilesOf(counts, bins);
  let weighed = 0;
  while (weighed < MOST_WEIGHED) {
    const best = bestChange();
    if (!best) return;
    const { one, other, to } = best;
    carry(one, to);
    if (other) carry(other, one.bin);
  }

  /** What helps the bin that costs most; where nothing does, the next one. */
  function bestChange(): Change | null {
    const costs = held.map((some, bin) => costOf(some, targets[bin]!));
    const lacks = held.map((some, bin) => lackOf(some, targets[bin]!));
    const worth = (bin: number) => MISSING * lacks[bin]! + costs[bin]!;
    const order = costs.map((_, bin) => bin).sort((a, b) => worth(b) - worth(a) || a - b);
    const filled = [...piles.values()].filter(({ groups }) => groups.length > 0);
    for (const bin of order) {
      let best: Change | null = null;
      let most = LEAST * (1 + costs[bin]!);
      const weigh = (change: Change) => {
        weighed += 1;
        const gain = gainOf(change, costs, lacks);
        if (gain <= most) return;
        most = gain;
        best = change;
      };
      for (const one of filled) {
        if (one.bin !== bin) weigh({ one, other: null, to: bin });
        else for (let to = 0; to < targets.length; to += 1) if (to !== bin) weigh({ one, other: null, to });
      }
      for (const one of filled)
        if (one.bin === bin)
          for (const other of filled) if (other.bin !== bin) weigh({ one, other, to: other.bin });
      if (best) return best;
    }
    return null;
  }

  /** Lacks are counted apart from costs: beside their weight, what costs differ by would be lost in rounding. */
  function gainOf({ one, other, to }: Change, costs: readonly number[], lacks: readonly number[]): number {
    const from = one.bin;
    const [here, there] = [held[from]!, held[to]!];
    const lack =
      lacks[from]! +
      lacks[to]! -
      lackOf(here, targets[from]!, other?.counts, one.counts) -
      lackOf(there, targets[to]!, one.counts, other?.counts);
    const cost =
      costs[from]! +
      costs[to]! -
      costOf(here, targets[from]!, other?.counts, one.counts) -
      costOf(there, targets[to]!, one.counts, other?.counts);
    return lack === 0 ? cost : MISSING * lack + cost;
  }

  /** Takes the topmost group of a pile to another bin. */
  function carry({ bin, counts: some, groups }: Pile, to: number): void {
    const group = groups.pop()!;
    bins[group] = to;
    pileFor(piles, to, some).groups.push(group);
    add(held[bin]!, some, -1);
    add(held[to]!, some, 1);
  }
}

/** Groups of one bin that have the same counts: it does not matter which of them is moved. */
interface Pile {
  bin: number;
  counts: readonly number[];
  groups: number[];
}

/** A group of a pile goes to another bin, and one of there comes back or none. */
interface Change {
  one: Pile;
  other: Pile | null;
  to: number;
}

function pilesOf(counts: Balance['counts'], bins: readonly number[]): Map<string, Pile> {
  const piles = new Map<string, Pile>();
  counts.forEach((some, group) => pileFor(piles, bins[group]!, some).groups.push(group));
  return piles;
}

function pileFor(piles: Map<string, Pile>, bin: number, counts: readonly number[]): Pile {
  const key = `${bin} ${counts.join(' ')}`;
  const pile = piles.get(key) ?? { bin, counts, groups: [] };
  piles.set(key, pile);
  return pile;
}

type Counts = readonly number[];

function costOf(held: Counts, target: Counts, more?: Counts, less?: Counts): number {
  let [cost, allHeld, allWanted] = [0, 0, 0];
  for (let index = 0; index < held.length; index += 1) {
    const has = held[index]! + (more?.[index] ?? 0) - (less?.[index] ?? 0);
    const wanted = target[index]!;
    cost += (has - wanted) ** 2 / Math.max(1, wanted);
    allHeld += has;
    allWanted += wanted;
  }
  return cost + (SIZE * (allHeld - allWanted) ** 2) / Math.max(1, allWanted);
}

/** How many classes are wanted and not there. */
function lackOf(held: Counts, target: Counts, more?: Counts, less?: Counts): number {
  let lack = 0;
  for (let index = 0; index < held.length; index += 1)
    if (target[index]! > 0 && held[index]! + (more?.[index] ?? 0) - (less?.[index] ?? 0) === 0) lack += 1;
  return lack;
}

function add(to: number[], some: readonly number[], times: number): void {
  for (let index = 0; index < to.length; index += 1) to[index] = to[index]! + times * some[index]!;
}
