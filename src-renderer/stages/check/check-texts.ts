import type { Change, CheckView, Decision, Shortcut } from '../../../src-main/contract/check.ts';
import { formatTitle } from '../../../src-main/contract/formats.ts';
import { formatter, number, percent, t } from '../../app/messages.ts';
import type { MessageKey } from '../../app/sentence.ts';

/** What the check found, in sentences. */

/** Below this a rotation is not worth a word, degrees. */
const hardlyTurned = 0.75;

/** How a twin was made of the first picture: `mirrored, turned 90°, rotated 4°`. */
export function changeWords(twin: { exact: boolean; change: Change | null }): string {
  if (twin.exact) return t('check.change.exact');
  if (!twin.change) return t('check.change.through');
  const { mirrored, turned, rotated } = twin.change;
  const upsideDown = mirrored && turned === 180;
  const words = [
    ...(mirrored ? [t(upsideDown ? 'check.change.flipped' : 'check.change.mirrored')] : []),
    ...(turned !== 0 && !upsideDown ? [t('check.change.turned', { degrees: turned })] : []),
    ...(Math.abs(rotated) >= hardlyTurned
      ? [t('check.change.rotated', { degrees: number(Math.round(Math.abs(rotated))) })]
      : []),
  ];
  return words.length > 0 ? words.join(', ') : t('check.change.saved');
}

/** The check in one line, sentence by sentence. */
export function headline(view: CheckView): string[] {
  const left = view.images - view.dropped;
  if (view.groups === 0) return [t('check.headline.none', { images: view.images })];
  const leak = view.randomLeak;
  const leaking = leak !== null && leak.count >= 0.5;
  return [
    t('check.headline.scans', { scans: view.distinctScans, images: left }),
    view.dropped > 0
      ? t('check.headline.twinsDropped', { count: view.imagesInGroups, dropped: view.dropped })
      : t('check.headline.twins', { count: view.imagesInGroups }),
    leaking
      ? t('check.headline.random', { count: Math.max(1, Math.round(leak.count)), of: leak.of })
      : t('check.headline.randomNone'),
  ];
}

/** Images a second that are read and compared on two cores of 2020 or so; a check that was made says it better. */
const usualRate = 60;

/** How long a check should take, seconds. */
export function estimate({ images, check }: Pick<CheckView, 'images' | 'check'>): number {
  const rate = check && check.seconds > 0.5 ? check.images / check.seconds : usualRate;
  return Math.max(2, images / rate);
}

/** `93% (91 to 95%)`: balanced accuracy with its interval. */
export const accuracyWords = ({ balancedAccuracy, low, high }: Shortcut): string =>
  t('check.shortcut.accuracy', {
    accuracy: percent(balancedAccuracy, 0),
    low: percent(low, 0),
    high: percent(high, 0),
  });

/** What was decided, such as `Drop 3 images`. */
export const decisionWords = ({ kind, imageIds }: Pick<Decision, 'kind' | 'imageIds'>): string =>
  ({
    drop: t('check.decision.drop', { count: imageIds.length }),
    keep: t('check.decision.keep', { count: imageIds.length }),
    'same-patient': t('check.decision.samePatient', { count: imageIds.length }),
    'not-twins': t('check.decision.notTwins', { count: imageIds.length }),
  })[kind];

/** What gives a class away, as the audit names it, in the language in use where it is known. */
export function featureWords(feature: string): string {
  const [, size] = /^size (\d+ × \d+)$/.exec(feature) ?? [];
  if (size) return t('check.feature.size', { size });
  const [, format] = /^format (\w+)$/.exec(feature) ?? [];
  if (format) return t('check.feature.format', { format: formatTitle(format) });
  const [, from, to] = /^pixels of grey (\d+) to (\d+)$/.exec(feature) ?? [];
  if (from && to) return t('check.feature.grey', { from, to });
  const [, row, column, of] = /^brightness at row (\d+), column (\d+) of (\d+)$/.exec(feature) ?? [];
  if (row && column && of) return t('check.feature.place', { row, column, of });
  const [, measure = feature, side] = /^(.+), (\w+) border$/.exec(feature) ?? [];
  const known = keyIn(featureKeys, measure);
  const where = side === undefined ? undefined : keyIn(sideKeys, side);
  if (!known || (side !== undefined && !where)) return feature;
  return where ? t('check.feature.at', { measure: t(known), side: t(where) }) : t(known);
}

/** What a class has of it, as the audit writes it: `59 %`, or the median with its middle half, `3 (1.6 to 22)`. */
export function valueWords(value: string): string {
  const [, middle, low, high] = /^(\S+(?: %)?) \((\S+(?: %)?) to (\S+(?: %)?)\)$/.exec(value) ?? [];
  if (middle && low && high)
    return t('check.shortcut.spread', {
      middle: figureWords(middle),
      low: figureWords(low),
      high: figureWords(high),
    });
  return figureWords(value);
}

function figureWords(text: string): string {
  const [, digits, share] = /^(-?[\d.]+(?:e[+-]?\d+)?)( %)?$/.exec(text) ?? [];
  if (digits === undefined) return text;
  const written = formatter().significant(Number(digits), 4);
  return share ? t('check.shortcut.share', { share: written }) : written;
}

const keyIn = <T extends string>(keys: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(keys, name) ? keys[name] : undefined;

const featureKeys = {
  width: 'check.feature.width',
  height: 'check.feature.height',
  'width ÷ height': 'check.feature.ratio',
  'width × height': 'check.feature.pixels',
  'bytes per pixel': 'check.feature.bytes',
  'coloured pixels': 'check.feature.coloured',
  mean: 'check.feature.mean',
  spread: 'check.feature.spread',
  '10th percentile': 'check.feature.low',
  median: 'check.feature.median',
  '90th percentile': 'check.feature.high',
  black: 'check.feature.black',
  white: 'check.feature.white',
  edges: 'check.feature.edges',
  'step at the outermost line': 'check.feature.step',
} as const satisfies Record<string, MessageKey>;

const sideKeys = {
  top: 'check.side.top',
  right: 'check.side.right',
  bottom: 'check.side.bottom',
  left: 'check.side.left',
  whole: 'check.side.whole',
} as const satisfies Record<string, MessageKey>;
