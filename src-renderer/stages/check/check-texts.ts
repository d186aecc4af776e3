import type { Change, CheckView, DecisionOutline, Shortcut } from '../../../src-main/contract/check.ts';
import { number, percent, t } from '../../app/messages.ts';

/** The findings of the check, in sentences. */

/** Rotations below this are not mentioned, degrees. */
const minRotation = 0.75;

/** How a twin differs from the first image: `mirrored, turned 90°, rotated 4°`. */
export function changeWords(twin: { exact: boolean; change: Change | null }): string {
  if (twin.exact) return t('check.change.exact');
  if (!twin.change) return t('check.change.through');
  const { mirrored, turned, rotated, nextSlice } = twin.change;
  if (nextSlice) return t('check.change.nextSlice');
  const upsideDown = mirrored && turned === 180;
  const words = [
    ...(mirrored ? [t(upsideDown ? 'check.change.flipped' : 'check.change.mirrored')] : []),
    ...(turned !== 0 && !upsideDown ? [t('check.change.turned', { degrees: turned })] : []),
    ...(Math.abs(rotated) >= minRotation
      ? [t('check.change.rotated', { degrees: number(Math.round(Math.abs(rotated))) })]
      : []),
  ];
  return words.length > 0 ? words.join(', ') : t('check.change.saved');
}

/** The check's summary, sentence by sentence. */
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

/** Images read and compared per second on two cores of about 2020; an earlier check's own rate is more accurate. */
const typicalRate = 60;

/** How much longer it may take on a busy computer; a single promised time was exceeded by as much. */
const busyFactor = 3;

/** Expected duration of a check, seconds: on an idle computer and on a busy one. */
export function estimate({ images, check }: Pick<CheckView, 'images' | 'check'>): {
  low: number;
  high: number;
} {
  const rate = check && check.seconds > 0.5 ? check.images / check.seconds : typicalRate;
  const low = Math.max(2, images / rate);
  return { low, high: busyFactor * low };
}

/** `93% (91 to 95%)`: balanced accuracy with its interval. */
export const accuracyWords = ({ balancedAccuracy, low, high }: Shortcut): string =>
  t('check.shortcut.accuracy', {
    accuracy: percent(balancedAccuracy, 0),
    low: percent(low, 0),
    high: percent(high, 0),
  });

/** A decision in words, such as `Drop 3 images`. */
export const decisionWords = ({ kind, images: count }: Pick<DecisionOutline, 'kind' | 'images'>): string =>
  ({
    drop: t('check.decision.drop', { count }),
    keep: t('check.decision.keep', { count }),
    'same-patient': t('check.decision.samePatient', { count }),
    'not-twins': t('check.decision.notTwins', { count }),
  })[kind];
