import { runToEnd, type Steps } from '../system/steps.ts';

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

/** Entries of a table of gains at most: for groups of more sizes each gain is worked out where it is met. */
const MOST_ENTRIES = 2 ** 16;

/**
 * Moves groups between bins and swaps two of them for as long as that helps, each time by what helps the worst bin
 * most. What is made small is each bin's squared lack or surplus of each class, over what it should hold (Pearson's
 * χ²). The answer depends on the order of groups alone.
 * @param balance its `bins` are changed in place.
 */
export const improve = (balance: Balance): void => runToEnd(improveInSteps(balance));

/** The same in steps. */
export function* improveInSteps({ counts, bins, targets }: Balance): Steps<void> {
  const held = targets.map((target) => target.map(() => 0));
  counts.forEach((some, group) => add(held[bins[group]!]!, some, 1));
  const piles = pilesOf(counts, bins);
  const reach = targets[0]?.map((_, index) => counts.reduce((most, some) => Math.max(most, some[index]!), 0));
  if (!reach) return;
  const gains = new Gains(held, targets, reach);
  let weighed = 0;
  while (weighed < MOST_WEIGHED) {
    const best = yield* bestChange();
    if (!best) return;
    const { one, other, to } = best;
    carry(one, to);
    if (other) carry(other, one.bin);
  }

  /** What helps the bin that costs most; where nothing does, the next one. */
  function* bestChange(): Steps<Change | null> {
    const worth = gains.measure();
    const order = worth.map((_, bin) => bin).sort((a, b) => worth[b]! - worth[a]! || a - b);
    const filled = [...piles.values()].filter(({ groups }) => groups.length > 0);
    for (const bin of order) {
      let best: Change | null = null;
      gains.from(bin);
      let most = LEAST * (1 + gains.cost(bin));
      const here = filled.filter((pile) => pile.bin === bin);
      const there = filled.filter((pile) => pile.bin !== bin);
      const weigh = (one: Pile, other: Pile | null, to: number) => {
        const gain = gains.of(one.bin, to, one.counts, other?.counts ?? null);
        if (gain <= most) return;
        most = gain;
        best = { one, other, to };
      };
      for (const one of filled) {
        if (one.bin !== bin) weigh(one, null, bin);
        else for (let to = 0; to < targets.length; to += 1) if (to !== bin) weigh(one, null, to);
      }
      for (const one of here) {
        for (const other of there) weigh(one, other, other.bin);
        yield;
      }
      weighed += there.length + here.length * (targets.length - 1) + here.length * there.length;
      if (best) return best;
    }
    return null;
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

/** A group of a pile goes to another bin, and one of there comes back or none. */
interface Change {
  one: Pile;
  other: Pile | null;
  to: number;
}

/**
 * What changes are worth. Many pairs of groups differ by the same counts and are worth the same, so each difference is
 * worked out once for two bins.
 */
class Gains {
  readonly #held: readonly number[][];
  readonly #targets: Balance['targets'];
  readonly #reach: readonly number[];
  readonly #size: number;
  /** The bin that changes are weighed for, and for each other bin what each difference is worth; NaN if not asked. */
  #from = -1;
  readonly #tables: (Float64Array | undefined)[] = [];
  readonly #fresh: boolean[] = [];
  readonly #change: number[];
  #costs: number[] = [];
  #lacks: number[] = [];

  /** @param held bin → class → images; followed as it changes. @param reach most images of each class in a group. */
  constructor(held: readonly number[][], targets: Balance['targets'], reach: readonly number[]) {
    this.#held = held;
    this.#targets = targets;
    this.#reach = reach;
    this.#change = reach.map(() => 0);
    this.#size = reach.reduce((size, most) => size * (2 * most + 1), 1);
  }

  /** Looks at what bins hold now. @returns what each is worth mending. */
  measure(): number[] {
    this.#costs = this.#held.map((some, bin) => costOf(some, this.#targets[bin]!, none, 1));
    this.#lacks = this.#held.map((some, bin) => lackOf(some, this.#targets[bin]!, none, 1));
    return this.#costs.map((cost, bin) => MISSING * this.#lacks[bin]! + cost);
  }

  /** Sets a bin whose changes are weighed by the thousand. */
  from(bin: number): void {
    this.#from = bin;
    this.#fresh.fill(false);
  }

  cost(bin: number): number {
    return this.#costs[bin]!;
  }

  /** Of a group with some counts going from one bin to another, and one with others coming back. */
  of(from: number, to: number, some: Counts, others: Counts | null): number {
    const change = this.#change;
    let at = 0;
    for (let index = 0; index < change.length; index += 1) {
      const most = this.#reach[index]!;
      const by = (others ? others[index]! : 0) - some[index]!;
      change[index] = by;
      at = at * (2 * most + 1) + by + most;
    }
    if (from !== this.#from || this.#size > MOST_ENTRIES) return this.#gain(from, to);
    const table = (this.#tables[to] ??= new Float64Array(this.#size));
    if (!this.#fresh[to]) table.fill(NaN);
    this.#fresh[to] = true;
    const known = table[at]!;
    if (!Number.isNaN(known)) return known;
    return (table[at] = this.#gain(from, to));
  }

  /** Lacks are counted apart from costs: beside their weight, what costs differ by would be lost in rounding. */
  #gain(from: number, to: number): number {
    const [here, there, change] = [this.#held[from]!, this.#held[to]!, this.#change];
    const lack =
      this.#lacks[from]! +
      this.#lacks[to]! -
      lackOf(here, this.#targets[from]!, change, 1) -
      lackOf(there, this.#targets[to]!, change, -1);
    const cost =
      this.#costs[from]! +
      this.#costs[to]! -
      costOf(here, this.#targets[from]!, change, 1) -
      costOf(there, this.#targets[to]!, change, -1);
    return lack === 0 ? cost : MISSING * lack + cost;
  }
}

/** Groups of one bin that have the same counts: it does not matter which of them is moved. */
interface Pile {
  bin: number;
  counts: readonly number[];
  groups: number[];
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

/** No change. */
const none: Counts = [];

/** @param change images of each class that come, `times` over. */
function costOf(held: Counts, target: Counts, change: Counts, times: number): number {
  let [cost, allHeld, allWanted] = [0, 0, 0];
  for (let index = 0; index < held.length; index += 1) {
    const has = held[index]! + times * (change[index] ?? 0);
    const wanted = target[index]!;
    cost += (has - wanted) ** 2 / Math.max(1, wanted);
    allHeld += has;
    allWanted += wanted;
  }
  return cost + (SIZE * (allHeld - allWanted) ** 2) / Math.max(1, allWanted);
}

/** How many classes are wanted and not there. */
function lackOf(held: Counts, target: Counts, change: Counts, times: number): number {
  let lack = 0;
  for (let index = 0; index < held.length; index += 1)
    if (target[index]! > 0 && held[index]! + times * (change[index] ?? 0) === 0) lack += 1;
  return lack;
}

function add(to: number[], some: readonly number[], times: number): void {
  for (let index = 0; index < to.length; index += 1) to[index] = to[index]! + times * some[index]!;
}
