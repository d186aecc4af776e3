import { partNames, type ImageRecord, type Part } from '../contract/records.ts';
import { randomFrom, shuffled } from '../graph/random.ts';

export interface Fractions {
  test: number;
  validation: number;
}

/** Images that are byte for byte the same. */
export interface Twins {
  /** The class they count for: the one that more of them have. */
  className: string;
  images: readonly Pick<ImageRecord, 'id' | 'className'>[];
  /** The part they came in, or null. */
  given: Part | null;
}

/** All images in groups of twins, sorted by SHA-256: the same order wherever the files lie. */
export function groupTwins(images: readonly ImageRecord[]): Twins[] {
  const bySha = new Map<string, ImageRecord[]>();
  for (const image of images) {
    const twins = bySha.get(image.sha256);
    if (twins) twins.push(image);
    else bySha.set(image.sha256, [image]);
  }
  return [...bySha.keys()].sort(byCode).map((sha256) => {
    const twins = bySha.get(sha256)!;
    return {
      className: mostFrequent(twins.map((twin) => twin.className)),
      images: twins.map(({ id, className }) => ({ id, className })),
      given: givenPartOf(twins),
    };
  });
}

/** SHA-256 are of one alphabet and length: any comparison by code gives one order. */
const byCode = (a: string, b: string): number => (a < b ? -1 : 1);

function mostFrequent(names: string[]): string {
  if (names.length === 1) return names[0]!;
  const count = (name: string) => names.filter((other) => other === name).length;
  return [...new Set(names)].sort((a, b) => count(b) - count(a) || (a < b ? -1 : 1))[0]!;
}

/** Twins that came in several parts go to the test part first: what the model is judged by must not be learned. */
function givenPartOf(images: readonly ImageRecord[]): Part | null {
  const found = (['test', 'validation', 'train'] as const).find((part) =>
    images.some((image) => image.givenPart === part),
  );
  return found ?? null;
}

/**
 * The part of each image, by id.
 * @param useGiven images keep the part they came with; a part that none came with is drawn from the training part.
 */
export function assign(
  groups: readonly Twins[],
  fractions: Fractions,
  seed: number,
  useGiven: boolean,
): Map<number, Part> {
  const parts = new Map<number, Part>();
  const put = (group: Twins, part: Part) => {
    for (const image of group.images) parts.set(image.id, part);
  };
  const given = new Set(useGiven ? groups.map((group) => group.given) : []);
  for (const group of groups) put(group, (useGiven ? group.given : null) ?? 'train');

  for (const className of new Set(groups.map((group) => group.className))) {
    const ofClass = groups.filter((group) => group.className === className);
    const quota = shares(sizeOf(ofClass), fractions);
    const free = ofClass.filter((group) => !useGiven || (group.given ?? 'train') === 'train');
    // The order is drawn from contents, not names or ids, so it is the same wherever the files lie.
    let pool = shuffled(free.length, randomFrom(seed, className)).map((index) => free[index]!);
    for (const part of ['test', 'validation'] as const) {
      if (given.has(part) || quota[part] === 0) continue;
      const drawn = draw(pool, quota[part]);
      drawn.forEach((group) => put(group, part));
      pool = pool.filter((group) => !drawn.has(group));
    }
  }
  return parts;
}

/**
 * How many of n images each part gets: largest remainders (Hamilton), ties to the earlier part. A part that is asked
 * for gets one image at least, where the training part can spare it.
 */
export function shares(n: number, { test, validation }: Fractions): Record<Part, number> {
  const wanted = { train: 1 - test - validation, validation, test };
  // Fractions such as 0.1 are not exact in binary: 0.7 × 10 must not lose a whole image to 6.999…
  const exact = partNames.map((part) => Math.round(n * wanted[part] * 1e9) / 1e9);
  const counts = exact.map(Math.floor);
  const order = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  const left = n - counts.reduce((sum, count) => sum + count, 0);
  for (const { index } of order.slice(0, left)) counts[index] = counts[index]! + 1;
  for (const index of [2, 1]) {
    if (counts[index] === 0 && exact[index]! > 0 && counts[0]! > 1) {
      counts[index] = 1;
      counts[0] = counts[0]! - 1;
    }
  }
  return { train: counts[0]!, validation: counts[1]!, test: counts[2]! };
}

/** Takes groups in order while they fit in the quota; one too large is left and the next one tried. */
function draw(groups: readonly Twins[], quota: number): Set<Twins> {
  const drawn = new Set<Twins>();
  let left = quota;
  for (const group of groups) {
    if (group.images.length > left) continue;
    drawn.add(group);
    left -= group.images.length;
  }
  return drawn;
}

const sizeOf = (groups: readonly Twins[]): number =>
  groups.reduce((sum, group) => sum + group.images.length, 0);
