/** One bin of a reliability diagram. */
export type ReliabilityBin = {
  /** The bin holds probabilities from `low` to below `high`; the last also 1. */
  low: number;
  high: number;
  count: number;
  /** Mean probability; NaN in an empty bin. */
  predicted: number;
  /** Share of positive scans; NaN in an empty bin. */
  observed: number;
};

/** Bins of equal width over the probability of the positive class. */
export function reliabilityBins(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  bins = 10,
): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ count: 0, predicted: 0, observed: 0 }));
  for (let i = 0; i < labels.length; i += 1) {
    const bin = sums[binOf(probabilities[i]!, bins)]!;
    bin.count += 1;
    bin.predicted += probabilities[i]!;
    bin.observed += labels[i]!;
  }
  return sums.map(({ count, predicted, observed }, at) => ({
    low: at / bins,
    high: (at + 1) / bins,
    count,
    predicted: predicted / count,
    observed: observed / count,
  }));
}

/** Index of a probability's bin, of equal-width bins that are closed at the lower end, the last at both. */
export const binOf = (probability: number, bins: number): number =>
  Math.min(bins - 1, Math.max(0, Math.floor(probability * bins)));

/** A logistic regression of the labels on the logits of the probabilities. */
export type Calibration = {
  /** 1 is ideal; less: probabilities are too extreme. Null if the regression has no solution. */
  slope: number | null;
  /** Calibration in the large: the intercept at slope 1; 0 is ideal, more: probabilities are too low. */
  intercept: number | null;
};

/**
 * Calibration slope and intercept (Cox 1958, Biometrika 45, 562–565; Van Calster et al. 2019, BMC Medicine 17, 230): the slope from
 * a regression with both free, the intercept from one whose slope is fixed at 1.
 * @param logits of the probabilities. @param weights how often each answer counts.
 */
export function calibrationOf(
  labels: ArrayLike<number>,
  logits: ArrayLike<number>,
  weights: ArrayLike<number>,
): Calibration {
  return { slope: slopeOf(labels, logits, weights), intercept: interceptOf(labels, logits, weights) };
}

/** Newton's method, halving steps that overshoot: the likelihood is concave. */
function slopeOf(
  labels: ArrayLike<number>,
  logits: ArrayLike<number>,
  weights: ArrayLike<number>,
): number | null {
  if (isSeparated(labels, logits, weights)) return null;
  let [a, b, da, db, before] = [0, 1, 0, 0, Infinity];
  for (let step = 0; step < 200; step += 1) {
    let [ga, gb, haa, hab, hbb] = [0, 0, 0, 0, 0];
    for (let i = 0; i < labels.length; i += 1) {
      const w = weights[i]!;
      if (w === 0) continue;
      const x = logits[i]!;
      const p = 1 / (1 + Math.exp(-(a + b * x)));
      const over = w * (labels[i]! - p);
      const h = w * p * (1 - p);
      ga += over;
      gb += over * x;
      haa += h;
      hab += h * x;
      hbb += h * x * x;
    }
    const determinant = haa * hbb - hab * hab;
    const [nextA, nextB] = [(hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant];
    // Newton's decrement: twice the remaining distance of the likelihood from its maximum.
    const left = ga * nextA + gb * nextB;
    if (!(determinant > 0) || !(left <= before * 1.0001 || left < 1e-18)) {
      if (step === 0) return null;
      [da, db] = [da / 2, db / 2];
      [a, b] = [a - da, b - db];
      if (Math.abs(da) + Math.abs(db) < 1e-14) return b;
      continue;
    }
    [da, db, before] = [nextA, nextB, left];
    [a, b] = [a + da, b + db];
    if (Math.abs(da) + Math.abs(db) < 1e-12 * (1 + Math.abs(a) + Math.abs(b))) break;
  }
  return b;
}

/** Whether a cut separates the classes, which may share one value: then the slope has no maximum-likelihood estimate. */
function isSeparated(
  labels: ArrayLike<number>,
  logits: ArrayLike<number>,
  weights: ArrayLike<number>,
): boolean {
  const ends = [
    { least: Infinity, most: -Infinity },
    { least: Infinity, most: -Infinity },
  ];
  for (let i = 0; i < labels.length; i += 1) {
    if (weights[i] === 0) continue;
    const end = ends[labels[i]!]!;
    end.least = Math.min(end.least, logits[i]!);
    end.most = Math.max(end.most, logits[i]!);
  }
  return ends[0]!.most <= ends[1]!.least || ends[1]!.most <= ends[0]!.least;
}

function interceptOf(
  labels: ArrayLike<number>,
  logits: ArrayLike<number>,
  weights: ArrayLike<number>,
): number | null {
  let [all, positives] = [0, 0];
  for (let i = 0; i < labels.length; i += 1) {
    all += weights[i]!;
    positives += weights[i]! * labels[i]!;
  }
  if (positives === 0 || positives === all) return null;
  // The sum of probabilities rises with the intercept: if Newton's step leaves the bracket, bisect it.
  let [low, high] = [-1e3, 1e3];
  let a = 0;
  for (let step = 0; step < 200; step += 1) {
    let [over, slope] = [positives, 0];
    for (let i = 0; i < labels.length; i += 1) {
      const p = 1 / (1 + Math.exp(-(a + logits[i]!)));
      over -= weights[i]! * p;
      slope += weights[i]! * p * (1 - p);
    }
    if (over > 0) low = a;
    else high = a;
    const next = a + over / slope;
    const taken = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(taken - a) < 1e-13 * (1 + Math.abs(a))) return taken;
    a = taken;
  }
  return a;
}

/**
 * Isotonic calibration: the non-decreasing step function of the probability with the least mean squared error to the labels, by
 * pooling adjacent violators (Ayer et al. 1955, The Annals of Mathematical Statistics 26, 641–647); linear between its knots and
 * constant beyond them, as in scikit-learn.
 */
export class Isotonic {
  readonly knots: readonly { probability: number; value: number }[];

  constructor(knots: readonly { probability: number; value: number }[]) {
    this.knots = knots;
  }

  static fit(labels: ArrayLike<number>, probabilities: ArrayLike<number>): Isotonic {
    const order = Array.from({ length: labels.length }, (_, i) => i).sort(
      (a, b) => probabilities[a]! - probabilities[b]!,
    );
    // Equal probabilities are one point.
    const points: { probability: number; sum: number; weight: number }[] = [];
    for (const i of order) {
      const last = points.at(-1);
      if (last && last.probability === probabilities[i]) {
        last.sum += labels[i]!;
        last.weight += 1;
      } else points.push({ probability: probabilities[i]!, sum: labels[i]!, weight: 1 });
    }
    const blocks: { from: number; to: number; sum: number; weight: number }[] = [];
    for (const { probability, sum, weight } of points) {
      let block = { from: probability, to: probability, sum, weight };
      while (blocks.length > 0) {
        const last = blocks[blocks.length - 1]!;
        if (last.sum * block.weight < block.sum * last.weight) break;
        blocks.pop();
        block = {
          from: last.from,
          to: block.to,
          sum: last.sum + block.sum,
          weight: last.weight + block.weight,
        };
      }
      blocks.push(block);
    }
    return new Isotonic(
      blocks.flatMap(({ from, to, sum, weight }) => {
        const value = sum / weight;
        return from === to
          ? [{ probability: from, value }]
          : [
              { probability: from, value },
              { probability: to, value },
            ];
      }),
    );
  }

  /** The calibrated probability. */
  at(probability: number): number {
    const { knots } = this;
    const next = knots.findIndex((knot) => knot.probability >= probability);
    if (next === -1) return knots.at(-1)!.value;
    const right = knots[next]!;
    if (next === 0 || right.probability === probability) return right.value;
    const left = knots[next - 1]!;
    const part = (probability - left.probability) / (right.probability - left.probability);
    return left.value + part * (right.value - left.value);
  }
}
