import { evidenceMeasures, type EvidenceMeasure } from '../../src-main/contract/evidence.ts';
import { percentileInterval } from '../../src-main/statistics/bootstrap.ts';
import { countInSteps } from '../../src-main/statistics/evidence.ts';
import { GroupedAnswers } from '../../src-main/statistics/grouped.ts';
import { measureOf } from '../../src-main/statistics/measures.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { runToEnd } from '../../src-main/system/steps.ts';

/**
 * Coverage of 95 % intervals in synthetic populations with known truth: `npm run bench:coverage [scans] [sets]`. Beside each
 * measure's own interval, percentiles of the same draws.
 */
const [scans, sets] = [Number(process.argv[2] ?? 116), Number(process.argv[3] ?? 300)];

/** Logits of the true probability are normal; the model multiplies them by `times`. */
const populations = [
  { name: 'calibrated', spread: 2, times: 1 },
  { name: 'too sure', spread: 1.5, times: 2 },
  { name: 'not sure enough', spread: 2.5, times: 0.6 },
] as const;

type Population = (typeof populations)[number];

const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));
const normal = (random: () => number) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

function drawn({ spread, times }: Population, count: number, random: () => number) {
  const logits = Array.from({ length: count }, () => 0.5 + spread * normal(random));
  return {
    groups: logits.map((_, i) => i),
    labels: logits.map((logit): 0 | 1 => (random() < sigmoid(logit) ? 1 : 0)),
    probabilities: logits.map((logit) => sigmoid(times * logit)),
  };
}

for (const population of populations) {
  const random = randomFrom(1, population.name);
  const { labels, probabilities } = drawn(population, 400_000, random);
  const all = new GroupedAnswers(
    labels.map((label, group) => ({ group, label, probability: probabilities[group]! })),
    0.5,
  );
  const outcome = all.outcome(all.once);
  const held = new Map<
    EvidenceMeasure,
    { own: number; percentiles: number; known: number; method: string }
  >();
  for (let set = 0; set < sets; set += 1) {
    const { probabilities: told, ...rest } = drawn(population, scans, random);
    const { evidence, drawn: draws } = runToEnd(
      countInSteps({ ...rest, models: [told], thresholds: [0.5], seed: set }),
    );
    for (const name of evidenceMeasures) {
      const { low, high, method } = evidence.models[0]!.measures[name];
      if (low === null || high === null) continue;
      const truth = measureOf(name, outcome).value!;
      // A true value of 0 is estimated from this many scans.
      const holds = (ends: { low: number; high: number }) =>
        Number(ends.low <= truth + 0.002 && truth - 0.002 <= ends.high);
      const known = [...draws[0]!.draws[name]].filter((value) => !Number.isNaN(value));
      const count = held.get(name) ?? { own: 0, percentiles: 0, known: 0, method: '' };
      count.own += holds({ low, high });
      count.percentiles += holds(percentileInterval(known));
      count.known += 1;
      count.method ||= method ?? '';
      held.set(name, count);
    }
  }
  console.log(`\n${population.name}, ${scans} scans, ${sets} sets`);
  for (const [name, { own, percentiles, known, method }] of held)
    console.log(
      `| ${name} | ${method} | ${((100 * own) / known).toFixed(1)} % | ${((100 * percentiles) / known).toFixed(1)} % |`,
    );
}
