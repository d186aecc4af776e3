import { inverseOf } from './affine.ts';
import {
  align,
  alignFrom,
  isAlikeWithin,
  isInnerTwin,
  isLikelyTwin,
  isUncoveredInnerTwin,
  isUncoveredTwin,
  maybeCovered,
  type Fit,
} from './align.ts';
import type { Pyramid } from './pyramid.ts';
import { uncovered } from './uncovered.ts';

/** A view without what is brighter than most of the head, and as it is. */
export interface Near {
  isInner: boolean;
  limited: Pyramid;
  limit: number;
  /** Asked for only once a pair is close: few are. */
  asItIs: () => Pyramid;
}

/**
 * How `other` lies over `one` if they are likely one scan, where a miss costs more than a pair too many and something may lie over one of
 * them; else null. It is laid by what is no brighter than most of a head, which bright text does not lead astray, and judged as it is. The
 * other way round is tried where they are close.
 */
export function nearFit(one: Near, other: Near): Fit | null {
  // What is without its skull is sooner alike.
  const isInner = one.isInner || other.isInner;
  const [holds, holdsOpen] = isInner ? [isInnerTwin, isUncoveredInnerTwin] : [isLikelyTwin, isUncoveredTwin];
  const over = (mine: Near, its: Near): { isClose: boolean; fit: Fit | null } => {
    const laid = align(mine.limited, its.limited, 'covered');
    if (!laid) return { isClose: false, fit: null };
    const isMaybe = maybeCovered(laid);
    if (!isMaybe && !holds(laid)) return { isClose: true, fit: null };
    const [here, there] = [mine.asItIs(), its.asItIs()];
    const fit = alignFrom(here, there, laid.affine);
    if (holds(fit) && isAlikeWithin(laid)) return { isClose: true, fit };
    const open = maybeCovered(isInner ? fit : laid)
      ? uncovered(here, there, laid, [mine.limit, its.limit])
      : null;
    return { isClose: true, fit: open && holdsOpen(open) ? open : null };
  };
  const there = over(one, other);
  if (there.fit || !there.isClose) return there.fit;
  const { fit } = over(other, one);
  return fit && { ...fit, affine: inverseOf(fit.affine) };
}
