/** Measures by their definitions, from labels and probabilities: the reference for what a screen shows. */
export function byHand(labels: readonly (0 | 1)[], probabilities: readonly number[], threshold = 0.5) {
  const count = (label: 0 | 1, called: boolean) =>
    labels.filter((one, at) => one === label && probabilities[at]! >= threshold === called).length;
  const [tp, fn, fp, tn] = [count(1, true), count(1, false), count(0, true), count(0, false)];
  const positive = probabilities.filter((_, at) => labels[at] === 1);
  const negative = probabilities.filter((_, at) => labels[at] === 0);
  /** The fraction of pairs in which the positive one is higher; ties count half. */
  let higher = 0;
  for (const one of positive)
    for (const other of negative) higher += one > other ? 1 : one === other ? 0.5 : 0;
  const mean = (of: (probability: number, label: number) => number) =>
    labels.reduce<number>((sum, label, at) => sum + of(probabilities[at]!, label), 0) / labels.length;
  const share = (hits: number, of: number) => ({ value: hits / of, ...wilson(hits, of) });
  return {
    scans: labels.length,
    confusion: { tp, fp, tn, fn },
    accuracy: share(tp + tn, labels.length),
    sensitivity: share(tp, tp + fn),
    specificity: share(tn, tn + fp),
    PPV: share(tp, tp + fp),
    NPV: share(tn, tn + fn),
    balancedAccuracy: (tp / (tp + fn) + tn / (tn + fp)) / 2,
    F1: (2 * tp) / (2 * tp + fp + fn),
    MCC: (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)),
    AUC: higher / (positive.length * negative.length),
    brier: mean((probability, label) => (probability - label) ** 2),
  };
}

/** Wilson 1927: the proportions within 1.96 of their own standard errors of the observed one. */
function wilson(hits: number, of: number): { low: number; high: number } {
  const z = 1.959963984540054;
  const [p, zz] = [hits / of, (z * z) / of];
  const half = z * Math.sqrt((p * (1 - p)) / of + zz / (4 * of));
  return { low: (p + zz / 2 - half) / (1 + zz), high: (p + zz / 2 + half) / (1 + zz) };
}
