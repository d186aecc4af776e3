import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { partNames, type Dataset, type ImageRecord } from '../contract/records.ts';
import type { AttributeChoice } from '../contract/studies.ts';
import type { Registry } from '../registry/registry.ts';
import { quantile } from '../statistics/quantiles.ts';
import { matchRows } from './labels/match.ts';
import { readTable } from './labels/table.ts';

/**
 * Numeric attributes with more distinct values are binned at their quartiles; attributes with more other values make no subgroups.
 */
const [NUMBERS, VALUES] = [8, 30];

/** Attributes of the images themselves. */
const own = {
  folder: folderOf,
  format: ({ format }: ImageRecord) => format,
} as const;

/** The attributes that divide a dataset's images without a table: folder, format, and header values. */
export function attributesIn(registry: Registry, datasetId: string): string[] {
  const images = registry.images.list(datasetId);
  const all = [...Object.keys(own), ...new Set(images.flatMap(({ facts }) => Object.keys(facts ?? {})))];
  return all.filter((name) => new Set(images.map(read(name))).size > 1);
}

/**
 * Each image's value of an attribute, where known: its folder or format, a fact of its header, or the cell of a table's column,
 * matched as an import matches labels. Numbers with many values are binned at their quartiles.
 * @throws FalxError `bad-usage` for an unknown attribute or a column that the table lacks; `bad-dataset` for a table without a row
 *   for any image, or too many values; as `readTable`.
 */
export async function attributeOf(
  registry: Registry,
  dataset: Dataset,
  { by, csv }: AttributeChoice,
): Promise<Map<number, string>> {
  const images = registry.images.list(dataset.id);
  const cells =
    csv === undefined ? factsOf(registry, dataset, images, by) : await cellsOf(dataset, images, csv, by);
  const known = new Map([...cells].flatMap(([id, value]) => (value === null ? [] : [[id, value] as const])));
  return inRanges(known, by);
}

function factsOf(registry: Registry, dataset: Dataset, images: readonly ImageRecord[], by: string) {
  const all = attributesIn(registry, dataset.id);
  const name = all.find((one) => one.toLowerCase() === by.toLowerCase());
  if (name === undefined)
    throw new FalxError('attributeUnknown', {
      by,
      dataset: dataset.name,
      known: all,
      any: all.length > 0 ? 'yes' : 'no',
    });
  return new Map(images.map((image) => [image.id, read(name)(image)]));
}

const read =
  (name: string) =>
  (image: ImageRecord): string | null => {
    if (name in own) return own[name as keyof typeof own](image);
    const fact = image.facts?.[name];
    return fact === undefined ? null : String(fact);
  };

/** The folders it is in, without those of its class and its set. */
function folderOf({ file, className }: ImageRecord): string {
  const known = [className, ...partNames, 'val', 'training', 'testing'].map((name) => name.toLowerCase());
  const folders = file
    .split('/')
    .slice(0, -1)
    .filter((name) => !known.includes(name.toLowerCase()));
  return folders.join('/') || '/';
}

async function cellsOf(dataset: Dataset, images: readonly ImageRecord[], csv: string, column: string) {
  const table = await readTable(csv, { label: column });
  const place = path
    .relative(dataset.folder, path.dirname(path.resolve(csv)))
    .split(path.sep)
    .join('/');
  const files = images.map(({ file, frame }) => (frame === null ? file : file.slice(0, -1 - frame.length)));
  const inside = place === '..' || place.startsWith('../') || path.isAbsolute(place) ? '' : place;
  const { byFile } = matchRows(path.basename(csv), table, [...new Set(files)], inside, dataset.folder);
  const cells = new Map(images.map(({ id }, at) => [id, byFile.get(files[at]!)?.label ?? null]));
  if ([...cells.values()].every((cell) => cell === null))
    throw new FalxError('attributeNoMatch', {
      table: path.basename(csv),
      column,
      dataset: dataset.name,
      row: table.rows[0]!.file,
      file: files[0]!,
      files: table.columns.file,
    });
  return cells;
}

function inRanges(values: ReadonlyMap<number, string>, by: string): Map<number, string> {
  const distinct = new Set(values.values());
  const isNumber = [...distinct].every((value) => value.trim() !== '' && Number.isFinite(Number(value)));
  if (isNumber && distinct.size > NUMBERS) {
    const sorted = Float64Array.from([...values.values()].map(Number)).sort();
    const cuts = [...new Set([0.25, 0.5, 0.75].map((q) => Number(quantile(sorted, q).toPrecision(4))))];
    const range = (value: number): string => {
      const at = cuts.findIndex((cut) => value <= cut);
      if (at === 0) return `≤ ${cuts[0]}`;
      return at < 0 ? `> ${cuts.at(-1)}` : `${cuts[at - 1]} < … ≤ ${cuts[at]}`;
    };
    return new Map([...values].map(([id, value]) => [id, range(Number(value))]));
  }
  if (distinct.size > VALUES)
    throw new FalxError('attributeManyValues', { by, count: distinct.size, most: VALUES });
  return new Map(values);
}

/** Values in display order: numbers by size, ranges by their lower end, otherwise by name. */
export function inOrderOfValues(values: Iterable<string>): string[] {
  const first = (value: string): number => {
    if (value.startsWith('≤')) return -Infinity;
    return Number(/^>? ?([-\d.eE+]+)/.exec(value)?.[1] ?? Number.NaN);
  };
  return [...new Set(values)].sort((a, b) => {
    const [x, y] = [first(a), first(b)];
    if (x !== y && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
    return a.startsWith('>') ? 1 : b.startsWith('>') ? -1 : a.localeCompare(b, 'en', { numeric: true });
  });
}
