import type { Database } from 'better-sqlite3';
import type { Migration } from './migrations.ts';

type Kept = { code: string; parameters: Record<string, unknown> };
type Reason = { feature: string; positive: string; negative: string; share: number };
type Audit = { shortcuts: { reasons: Reason[] }[] };

/** Features of Falx 1.x and their codes. Historical: nothing is ever added here. */
const plain: Readonly<Record<string, string>> = {
  width: 'featureWidth',
  height: 'featureHeight',
  'width ÷ height': 'featureRatio',
  'width × height': 'featurePixels',
  'bytes per pixel': 'featureBytes',
  'coloured pixels': 'featureColoured',
};

const measures: Readonly<Record<string, string>> = {
  mean: 'mean',
  spread: 'spread',
  '10th percentile': 'low',
  median: 'median',
  '90th percentile': 'high',
  black: 'black',
  white: 'white',
  edges: 'edges',
  'step at the outermost line': 'step',
};

/** Titles of formats that are not just their names in capitals. */
const titles: Readonly<Record<string, string>> = { webp: 'WebP', nifti: 'NIfTI' };

function featureOf(text: string): Kept {
  if (Object.hasOwn(plain, text)) return { code: plain[text]!, parameters: {} };
  const numbers = (pattern: RegExp) => pattern.exec(text)?.slice(1).map(Number);
  const [width, height] = numbers(/^size (\d+) × (\d+)$/) ?? [];
  if (width !== undefined) return { code: 'featureSize', parameters: { width, height } };
  const [from, to] = numbers(/^pixels of grey (\d+) to (\d+)$/) ?? [];
  if (from !== undefined) return { code: 'featureGrey', parameters: { from, to } };
  const [row, column, of] = numbers(/^brightness at row (\d+), column (\d+) of (\d+)$/) ?? [];
  if (row !== undefined) return { code: 'featurePlace', parameters: { row, column, of } };
  const [, format] = /^format (\w+)$/.exec(text) ?? [];
  if (format !== undefined)
    return { code: 'featureFormat', parameters: { format: titles[format] ?? format.toUpperCase() } };
  const [, measure = '', side] = /^(.+), (top|right|bottom|left|whole) border$/.exec(text) ?? [];
  if (Object.hasOwn(measures, measure))
    return { code: 'featureBorder', parameters: { measure: measures[measure], side } };
  return { code: 'legacy', parameters: { text } };
}

const NUMBER = String.raw`-?[\d.]+(?:e[+-]?\d+)?`;
const alone = new RegExp(`^(${NUMBER})( %)?$`);
const spread = new RegExp(String.raw`^(${NUMBER})( %)? \((${NUMBER})(?: %)? to (${NUMBER})(?: %)?\)$`);

function valueOf(text: string): Kept {
  const [, value, isShare] = alone.exec(text) ?? [];
  if (value !== undefined)
    return isShare
      ? { code: 'valueShare', parameters: { share: shareOf(value) } }
      : { code: 'valueNumber', parameters: { value: Number(value) } };
  const [, middle, areShares, low, high] = spread.exec(text) ?? [];
  if (middle === undefined) return { code: 'legacy', parameters: { text } };
  const read = areShares ? shareOf : Number;
  return {
    code: areShares ? 'valueShares' : 'valueNumbers',
    parameters: { middle: read(middle), low: read(low!), high: read(high!) },
  };
}

/** From percent with two digits, without rounding noise. */
const shareOf = (percent: string): number => Number((Number(percent) / 100).toPrecision(3));

/**
 * Features that give classes away, kept as English words so far: as codes with parameters. Unknown ones stay as they are, `legacy`.
 */
export const shortcuts: Migration = {
  number: 11,
  sql: '',
  rows(db: Database) {
    const update = db.prepare('UPDATE shortcutAudits SET record = ? WHERE datasetId = ?');
    for (const row of db.prepare('SELECT datasetId, record FROM shortcutAudits').all()) {
      const { datasetId, record } = row as { datasetId: string; record: string };
      const audit = JSON.parse(record) as Audit;
      const told = audit.shortcuts.map((shortcut) => ({
        ...shortcut,
        reasons: shortcut.reasons.map((reason) => ({
          ...reason,
          feature: featureOf(reason.feature),
          positive: valueOf(reason.positive),
          negative: valueOf(reason.negative),
        })),
      }));
      update.run(JSON.stringify({ ...audit, shortcuts: told }), datasetId);
    }
  },
};
