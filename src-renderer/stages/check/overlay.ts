import type { Change } from '../../../src-main/contract/check.ts';

/**
 * The CSS transform that aligns a twin with the first image, by undoing what made the twin (mirrored, then rotated
 * clockwise) in reverse order. `none` where there is nothing to undo.
 */
export function overlay({ mirrored, turned, rotated }: Change): string {
  const degrees = turned + rotated;
  const back = degrees === 0 ? [] : [`rotate(${-degrees}deg)`];
  // CSS applies the rightmost first.
  return [...(mirrored ? ['scaleX(-1)'] : []), ...back].join(' ') || 'none';
}
