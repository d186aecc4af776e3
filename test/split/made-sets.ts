import { randomFrom } from '../../src-main/statistics/random.ts';
import type { Registry } from '../../src-main/registry/registry.ts';
import {
  makeFolds,
  makeSplit,
  type FoldOptions,
  type SplitOptions,
} from '../../src-main/split/split-handlers.ts';
import { addDataset, HEALTHY, putTwins, TUMOUR, type Told } from '../check/dataset.ts';

/** How large groups are. */
const sizes: Record<string, (random: () => number) => number> = {
  alone: () => 1,
  'twins and copies': (random) => (random() < 0.7 ? 1 : 1 + Math.floor(5 * random())),
  patients: (random) => 1 + Math.floor(24 * random()),
  'few huge, many small': (random) => Math.min(120, Math.ceil(1 / random() ** 1.2)),
  'as many sizes as groups': (random) => 1 + Math.floor(90 * random()),
};

const splits: Omit<SplitOptions, 'registry' | 'datasetId'>[] = [
  {},
  { test: 0.3, validation: 0.15, seed: 1, grouping: { by: 'twins' } },
  { seed: 99, grouping: { by: 'none' } },
  { useGiven: true, seed: 2 },
  { useGiven: true, grouping: { by: 'none' } },
];
const folds: Omit<FoldOptions, 'registry' | 'datasetId'>[] = [
  { folds: 5 },
  { folds: 10, seed: 4, grouping: { by: 'twins' } },
  { folds: 3, validation: 0, seed: 12 },
];

/**
 * Splits and folds of made datasets, of groups of random sizes: what was asked, with each split's hash (of every image
 * and its part) and certificate, or why there is none.
 */
export function splitsOfMadeSets(registry: Registry): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [what, size] of Object.entries(sizes))
    for (const images of [70, 260, 900]) {
      const datasetId = addSet(registry, what, images, size);
      const note = (asked: object, work: () => unknown) => {
        made[`${images}, ${what}: ${JSON.stringify(asked)}`] = told(work);
      };
      for (const asked of splits) note(asked, () => brief([makeSplit({ registry, datasetId, ...asked })]));
      for (const asked of folds) note(asked, () => brief(makeFolds({ registry, datasetId, ...asked })));
    }
  return made;
}

const brief = (made: ReturnType<typeof makeFolds>) =>
  made.map(({ split, counts }) => {
    const { groups, largestGroup, groupsAcross, twinsAcross, testImagesWithTwins, patientsAcross } =
      split.certificate!;
    const certificate = [
      groups,
      largestGroup,
      groupsAcross,
      twinsAcross,
      testImagesWithTwins,
      patientsAcross,
    ];
    return [split.hash, split.method, Object.values(counts), certificate];
  });

function told(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return (error as Error).message;
  }
}

function addSet(
  registry: Registry,
  what: string,
  images: number,
  size: (random: () => number) => number,
): string {
  const random = randomFrom(images, what);
  const told: Told[] = [];
  for (let patient = 0; told.length < images; patient += 1) {
    const mixed = random() < 0.2 ? random() : Number(random() < 0.6);
    for (let left = size(random); left > 0 && told.length < images; left -= 1)
      told.push({
        name: `${patient}_${told.length}.png`,
        className: random() < mixed ? TUMOUR : HEALTHY,
        patient: `p${patient}`,
        given: random() < 0.2 ? 'test' : random() < 0.1 ? 'validation' : 'train',
        ...(random() < 0.1 ? { contents: `copy ${patient}` } : {}),
      });
  }
  const id = `ds-${what.replaceAll(/\W/g, '')}${images}`;
  const ids = [...addDataset(registry, id, told).values()];
  putTwins(
    registry,
    id,
    ids.flatMap((other, n): [number, number][] =>
      n > 0 && told[n]!.patient === told[n - 1]!.patient && random() < 0.5 ? [[ids[n - 1]!, other]] : [],
    ),
  );
  registry.checks.decide(
    id,
    'drop',
    ids
      .filter(() => random() < 0.02)
      .slice(0, 5)
      .concat(ids[0]!),
  );
  return id;
}
