import type { EvaluatedImage } from '../../../src-main/contract/views.ts';
import type { Confusion } from '../../../src-main/statistics/confusion.ts';

/** The image ids behind a cell, a bin or a point of a figure. */

export const imageIdsOf = (
  images: readonly EvaluatedImage[],
  which: (image: EvaluatedImage) => boolean,
): ReadonlySet<number> => new Set(images.filter(which).map(({ imageId }) => imageId));

/** Those in a cell of the confusion matrix. */
export const inCell = (
  images: readonly EvaluatedImage[],
  cell: keyof Confusion,
  threshold: number,
): ReadonlySet<number> => {
  const [label, called] = { tp: [1, true], fn: [1, false], fp: [0, true], tn: [0, false] }[cell] as [
    0 | 1,
    boolean,
  ];
  return imageIdsOf(images, (image) => image.label === label && image.probability >= threshold === called);
};

export const misclassifiedAt = (images: readonly EvaluatedImage[], threshold: number): ReadonlySet<number> =>
  imageIdsOf(images, ({ label, probability }) => probability >= threshold !== (label === 1));
