import { note } from '../entry.ts';
import { choice, number, text } from '../parameters.ts';

/** Measures of a picture's border, in the order of the values of `images/measures.ts`. */
export const borderMeasures = [
  'mean',
  'spread',
  'low',
  'median',
  'high',
  'black',
  'white',
  'edges',
  'step',
] as const;

/** What tells the classes apart without the brain, and how much of a class has it. */
export const shortcuts = {
  /** Exactly this size, pixels. */
  featureSize: note({ width: number, height: number }),
  /** @param format its title, such as JPEG. */
  featureFormat: note({ format: text }),
  featureWidth: note({}),
  featureHeight: note({}),
  featureRatio: note({}),
  featurePixels: note({}),
  featureBytes: note({}),
  featureColoured: note({}),
  /** The share of pixels with these grey levels, 0 to 255. */
  featureGrey: note({ from: number, to: number }),
  /** Position in a picture shrunk to `of` × `of`, counted from 1. */
  featurePlace: note({ row: number, column: number, of: number }),
  /** @param measure `low` and `high`: the 10th and 90th percentile. */
  featureBorder: note({
    measure: choice(...borderMeasures),
    side: choice('top', 'right', 'bottom', 'left', 'whole'),
  }),

  /** Share of a class that has it, 0 to 1. */
  valueShare: note({ share: number }),
  /** Shares, 0 to 1, or numbers: a class's median and quartiles. */
  valueShares: note({ middle: number, low: number, high: number }),
  valueNumber: note({ value: number }),
  valueNumbers: note({ middle: number, low: number, high: number }),
} as const;
