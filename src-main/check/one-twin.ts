import type { ImageRecord } from '../contract/records.ts';
import { FalxError } from '../contract/errors.ts';
import { deriveApart } from '../images/apart.ts';
import { readDerivative } from '../images/derivatives.ts';
import { inverseOf } from './affine.ts';
import { align, isTwin, type Fit } from './align.ts';
import { viewPairs, viewsOf, type View } from './head.ts';
import { Pyramid } from './pyramid.ts';
import { parts, SIGNATURE, signatureOf, smoothed } from './signature.ts';

/**
 * The search for twins (`twins.ts`) of one new picture among many known ones, of which signatures are kept. Pictures that are
 * near by signature are laid over it, as in that search; which are near is told without what that search learns of a whole data set.
 */

/** Signatures of the views of known pictures. */
export type KnownViews = {
  /** float32 [views, SIGNATURE]. */
  signatures: Float32Array;
  /** Of each view, which picture it is of. */
  owners: readonly number[];
};

/** @param grey uint8 [SQUARE, SQUARE]. @returns a signature a view, one to three of a picture. */
export const signaturesOf = (grey: Uint8Array): Float32Array[] =>
  viewsOf(grey).map(({ pixels }) => {
    const signature = new Float32Array(SIGNATURE);
    signatureOf(smoothed(pixels), parts[0]!, signature);
    return signature;
  });

/** Pictures that are laid over the new one, at most. */
const CANDIDATES = 8;
/**
 * Squared distance from which on a view is no candidate: that of turned, mirrored, brightened and shrunk twins is less; see docs/measurements.md.
 */
export const FAR = 0.6;

/** Known pictures by how near they are, nearest first: only these can be twins. @param grey uint8 [SQUARE, SQUARE]. */
export const nearTo = (grey: Uint8Array, known: KnownViews): { owner: number; distance: number }[] =>
  nearToViews(viewsOf(grey), known);

function nearToViews(
  views: readonly View[],
  { signatures, owners }: KnownViews,
): { owner: number; distance: number }[] {
  const least = new Float64Array(owners.length).fill(FAR);
  const asked = new Float32Array(SIGNATURE);
  for (const { pixels } of views) {
    const smooth = smoothed(pixels);
    for (const part of parts) {
      signatureOf(smooth, part, asked);
      for (let view = 0; view < owners.length; view += 1) {
        const distance = distanceTo(asked, signatures, view * SIGNATURE, least[view]!);
        if (distance < least[view]!) least[view] = distance;
      }
    }
  }
  const nearest = new Map<number, number>();
  for (const [view, owner] of owners.entries())
    if (least[view]! < (nearest.get(owner) ?? FAR)) nearest.set(owner, least[view]!);
  return [...nearest]
    .map(([owner, distance]) => ({ owner, distance }))
    .sort((a, b) => a.distance - b.distance || a.owner - b.owner);
}

/**
 * Squared distance of a signature to one of many; where it is no less than a limit, a part of it that is no less either. By the
 * outer rings first: they differ most, so that most pictures are told to be too far after a ring or two.
 */
function distanceTo(asked: Float32Array, all: Float32Array, start: number, limit: number): number {
  let distance = 0;
  for (let block = 0; block < BLOCKS.length && distance < limit; block += 1)
    for (let i = BLOCKS[block]!, end = i + BLOCK; i < end; i += 1) {
      const apart = asked[i]! - all[start + i]!;
      distance += apart * apart;
    }
  return distance;
}

/** Numbers that are compared at once, and where such blocks begin in a signature: at 49, 42, … 0, 91, … 56. */
const BLOCK = 7;
const BLOCKS = Uint8Array.from(
  { length: SIGNATURE / BLOCK },
  (_, i) => BLOCK * ((SIGNATURE / BLOCK - 1 - i + 8) % (SIGNATURE / BLOCK)),
);

/** How the first of the nearest known pictures that is a twin lies to a new one; null where none is. */
export async function twinAmong(
  grey: Uint8Array,
  known: KnownViews,
  greyOf: (owner: number) => Promise<Uint8Array | null>,
): Promise<{ owner: number; fit: Fit } | null> {
  const views = viewsOf(grey);
  const candidates = nearToViews(views, known).slice(0, CANDIDATES);
  if (candidates.length === 0) return null;
  const mine = views.map((view) => new Pyramid(view));
  for (const { owner } of candidates) {
    const its = await greyOf(owner);
    const fit = its && fitOf(mine, viewsOf(its));
    if (fit) return { owner, fit };
  }
  return null;
}

function fitOf(mine: readonly Pyramid[], views: readonly View[]): Fit | null {
  const its = views.map((view) => new Pyramid(view));
  for (const [one, other] of viewPairs(its.length, mine.length)) {
    const [a, b] = [its[one]!, mine[other]!];
    // One may find its way over the other where that does not find it back.
    const fit = align(a, b);
    if (fit && isTwin(fit)) return fit;
    const back = align(b, a);
    if (back && isTwin(back)) return { ...back, affine: inverseOf(back.affine) };
  }
  return null;
}

/**
 * The grey square of a dataset's image, decoded where it isn't kept any more. @returns uint8 [SQUARE, SQUARE]; null where the
 * original is gone or has changed: then there is nothing to compare with.
 */
export async function greySquareOf(
  derived: string,
  folder: string,
  image: Pick<ImageRecord, 'file' | 'frame' | 'sha256'>,
): Promise<Uint8Array | null> {
  const kept = readDerivative(derived, image.sha256);
  if (kept) return kept.grey;
  try {
    return (await deriveApart(folder, image)).grey;
  } catch (error) {
    if (error instanceof FalxError) return null;
    throw error;
  }
}
