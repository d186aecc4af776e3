import { inverseOf } from './affine.ts';
import { align, isInnerTwin, isLikelyTwin, isUncoveredTwin, maybeCovered, type Fit } from './align.ts';
import type { Pyramid } from './pyramid.ts';
import { uncovered } from './uncovered.ts';

/**
 * How `other` lies over `one` if they are likely one scan, where a miss costs more than a pair too many and something may lie over one of
 * them; else null. The other way round is tried where they are close.
 * @param isInner whether one of them may be without its skull.
 */
export function nearFit(one: Pyramid, other: Pyramid, isInner: boolean): Fit | null {
  const holds = isInner ? isInnerTwin : isLikelyTwin;
  const over = (mine: Pyramid, its: Pyramid): { isClose: boolean; fit: Fit | null } => {
    const fit = align(mine, its, 'covered');
    if (!fit || holds(fit)) return { isClose: fit !== null, fit };
    const open = maybeCovered(fit) ? uncovered(mine, its, fit) : null;
    return { isClose: true, fit: open && isUncoveredTwin(open) ? open : null };
  };
  const there = over(one, other);
  if (there.fit || !there.isClose) return there.fit;
  const { fit } = over(other, one);
  return fit && { ...fit, affine: inverseOf(fit.affine) };
}
