import { z } from 'zod';
import { Part, type Dataset } from '../contract/records.ts';
import { SizeCount } from '../contract/views.ts';

/** Runs a statement and returns its rows. */
export type Query = (sql: string, ...values: unknown[]) => Record<string, unknown>[];

/** A dataset's images in numbers. */
export interface ImageCounts {
  images: number;
  /** Total size of their files. */
  bytes: number;
  /** Class name → images, in the order of the dataset's classes. */
  classes: Record<string, number>;
  /** Format → images, most frequent first. */
  formats: Record<string, number>;
  /** Most frequent first, `MOST_SIZES` at most. */
  sizes: SizeCount[];
  /** Number of different sizes in all. */
  distinctSizes: number;
  /** Images less distinct SHA-256. */
  duplicates: number;
  /** Whether any image came in a train, validation or test folder. */
  givenParts: boolean;
  /** Images by the set given by their folder; null if none is given. */
  given: Record<Part, number> | null;
}

const MOST_SIZES = 200;

export function imageCounts(query: Query, { id, classes }: Dataset): ImageCounts {
  const groups = query(
    `SELECT className, format, width, height, count(*) AS count, count(givenPart) AS given,
       coalesce(sum(bytes) FILTER (WHERE frame IS NULL), 0) AS bytes
     FROM images WHERE datasetId = ? GROUP BY className, format, width, height`,
    id,
  ).map((row) => Group.parse(row));
  const distinct = query('SELECT count(DISTINCT sha256) AS count FROM images WHERE datasetId = ?', id);
  const total = (key: 'count' | 'bytes' | 'given') => groups.reduce((sum, group) => sum + group[key], 0);
  const images = total('count');
  return {
    images,
    bytes: total('bytes') + bytesOfMany(query, id),
    classes: { ...zeros(classes), ...sumBy(groups, (group) => group.className) },
    formats: Object.fromEntries(
      Object.entries(sumBy(groups, (group) => group.format)).sort(([, a], [, b]) => b - a),
    ),
    sizes: sizesOf(groups),
    distinctSizes: new Set(groups.map(({ width, height }) => `${width} ${height}`)).size,
    duplicates: images - (distinct[0]!['count'] as number),
    givenParts: total('given') > 0,
    given: total('given') > 0 ? givenOf(query, id) : null,
  };
}

function givenOf(query: Query, id: string): Record<Part, number> {
  const rows = query(
    'SELECT givenPart AS part, count(*) AS count FROM images WHERE datasetId = ? AND givenPart IS NOT NULL GROUP BY givenPart',
    id,
  ).map((row) => GivenPart.parse(row));
  return {
    train: 0,
    validation: 0,
    test: 0,
    ...Object.fromEntries(rows.map(({ part, count }) => [part, count])),
  };
}

const GivenPart = z.object({ part: Part, count: z.int() });

/** For files with several pictures: each of their rows has the size of the whole file. */
function bytesOfMany(query: Query, id: string): number {
  const [row] = query(
    `SELECT coalesce(sum(bytes), 0) AS bytes FROM (
       SELECT max(bytes) AS bytes FROM images WHERE datasetId = ? AND frame IS NOT NULL
       GROUP BY substr(file, 1, length(file) - length(frame) - 1))`,
    id,
  );
  return row!['bytes'] as number;
}

const Group = SizeCount.extend({ format: z.string(), bytes: z.int(), given: z.int() });
type Group = z.infer<typeof Group>;

/** Merges equal sizes of several formats. */
function sizesOf(groups: readonly Group[]): SizeCount[] {
  const sizes = new Map<string, SizeCount>();
  for (const { width, height, className, count } of groups) {
    const key = JSON.stringify([width, height, className]);
    sizes.set(key, { width, height, className, count: (sizes.get(key)?.count ?? 0) + count });
  }
  return [...sizes.values()]
    .sort((a, b) => b.count - a.count || a.width - b.width || a.height - b.height)
    .slice(0, MOST_SIZES);
}

function sumBy(groups: readonly Group[], key: (group: Group) => string): Record<string, number> {
  const sums = new Map<string, number>();
  for (const group of groups) sums.set(key(group), (sums.get(key(group)) ?? 0) + group.count);
  return Object.fromEntries(sums);
}

const zeros = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, 0]));

/** A run's progress. */
const RunProgress = z.object({
  epochsDone: z.int(),
  /** Of the best epoch, 0 to 1. */
  validationAccuracy: z.number().nullable(),
});
export type RunProgress = z.infer<typeof RunProgress>;

/** For every run with an epoch, by its id. */
export function runProgress(query: Query, runId?: string): Map<string, RunProgress> {
  const rows = query(
    `SELECT runId, count(*) AS epochsDone, max(CASE WHEN epoch = bestEpoch THEN validationAccuracy END) AS validationAccuracy
     FROM epochs JOIN runs ON runs.id = runId WHERE @runId IS NULL OR runId = @runId GROUP BY runId`,
    { runId: runId ?? null },
  );
  return new Map(rows.map((row) => [row['runId'] as string, RunProgress.parse(row)]));
}
