import type { ImageRecord } from '../contract/records.ts';
import { FalxError } from '../contract/errors.ts';
import { deriveInSubprocess } from '../images/subprocess.ts';
import { readDerivative } from '../images/derivatives.ts';
import { inverseOf } from './affine.ts';
import { align, isTwin, type Fit } from './align.ts';
import { viewPairs, viewsOf, type View } from './head.ts';
import { Pyramid } from './pyramid.ts';
import { KnownPlaces, PIECE } from './known-rows.ts';
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

function nearToViews(views: readonly View[], known: KnownViews): { owner: number; distance: number }[] {
  if (views.length === 0) return [];
  const asked = views.flatMap(({ pixels }) => {
    const smooth = smoothed(pixels);
    return parts.map((part) => {
      const signature = new Float32Array(SIGNATURE);
      signatureOf(smooth, part, signature);
      return signature;
    });
  });
  const least = placesOf(known).nearest(asked, FAR);
  const nearest = new Map<number, number>();
  for (const [view, owner] of known.owners.entries()) {
    const distance = least[view]!;
    if (distance < (nearest.get(owner) ?? NOT_NEAR)) nearest.set(owner, distance);
  }
  return [...nearest]
    .map(([owner, distance]) => ({ owner, distance }))
    .sort((a, b) => a.distance - b.distance || a.owner - b.owner);
}

/** `FAR` as it comes back. */
const NOT_NEAR = Math.fround(FAR);

/** Kept as long as what is known: to lay it out takes as long as some questions. */
function placesOf(known: KnownViews): KnownPlaces {
  const found = places.get(known);
  if (found) return found;
  const made = new KnownPlaces({ values: known.signatures, channels: SIGNATURE }, OUTER_FIRST);
  places.set(known, made);
  return made;
}

const places = new WeakMap<KnownViews, KnownPlaces>();

/** A signature's numbers, the outer rings' first, at 49, 42, … 0, 91, … 56: pictures differ most by these. */
const OUTER_FIRST = Uint8Array.from(
  { length: SIGNATURE },
  (_, i) => PIECE * ((SIGNATURE / PIECE - 1 - Math.floor(i / PIECE) + 8) % (SIGNATURE / PIECE)) + (i % PIECE),
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
    const its = await viewsOfOwner(known, owner, greyOf);
    const fit = its && fitOf(mine, its);
    if (fit) return { owner, fit };
  }
  return null;
}

/** Known pictures whose views are kept, at most: the few that many others are near to are looked at again and again. */
const KEPT = 2000;
const keptViews = new WeakMap<KnownViews, Map<number, View[]>>();

/** The views of a known picture; null where there is nothing to compare with. */
async function viewsOfOwner(
  known: KnownViews,
  owner: number,
  greyOf: (owner: number) => Promise<Uint8Array | null>,
): Promise<View[] | null> {
  const kept = keptViews.get(known) ?? new Map<number, View[]>();
  keptViews.set(known, kept);
  const there = kept.get(owner);
  const grey = there ? null : await greyOf(owner);
  const views = there ?? (grey && viewsOf(grey));
  if (!views) return null;
  // The one asked for longest ago goes.
  kept.delete(owner);
  kept.set(owner, views);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
  return views;
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
    return (await deriveInSubprocess(folder, image)).grey;
  } catch (error) {
    if (error instanceof FalxError) return null;
    throw error;
  }
}
