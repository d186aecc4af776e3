import { levelOfShare } from '../../../src-main/statistics/quantiles.ts';

export const levelPresets = ['whole', 'usual', 'bright', 'own'] as const;
/** `whole`: unchanged; `usual`: 2nd to 98th percentile; `bright`: 50th to 99.5th; `own`: set by dragging. */
export type LevelPreset = (typeof levelPresets)[number];

/** The window of grey levels shown from black to white. */
export class Levels {
  /** Window width: levels from black to white, 1 to 512. */
  readonly window: number;
  /** Window centre. */
  readonly level: number;
  readonly isInverted: boolean;

  constructor(window = 256, level = 128, isInverted = false) {
    this.window = Math.min(512, Math.max(1, window));
    this.level = Math.min(255, Math.max(0, level));
    this.isInverted = isInverted;
  }

  /** @param values the picture's grey levels. @returns null for `own`, which has no levels of its own. */
  static preset(preset: LevelPreset, values: Uint8Array): Levels | null {
    if (preset === 'own') return null;
    if (preset === 'whole') return new Levels();
    const [low, high] = preset === 'usual' ? [0.02, 0.98] : [0.5, 0.995];
    const counts = new Uint32Array(256);
    for (const value of values) if (value > 0) counts[value]! += 1; // zero is background
    const n = counts.reduce((sum, count) => sum + count, 0);
    const from = levelOfShare(counts, n, low);
    const to = Math.max(from + 1, levelOfShare(counts, n, high));
    return new Levels(to - from, (from + to) / 2);
  }

  /** As in radiology viewers: dragging right widens the window, dragging down raises the centre, which darkens the picture. */
  dragged(right: number, down: number): Levels {
    return new Levels(this.window + right, this.level + down, this.isInverted);
  }

  inverted(): Levels {
    return new Levels(this.window, this.level, !this.isInverted);
  }

  /** The displayed grey of a level, 0 to 255. */
  shown(value: number): number {
    const share = (value - (this.level - this.window / 2)) / this.window;
    const grey = Math.round(255 * Math.min(1, Math.max(0, share)));
    return this.isInverted ? 255 - grey : grey;
  }

  /** For each level the opaque canvas pixel, on little-endian machines. */
  table(): Uint32Array {
    return Uint32Array.from({ length: 256 }, (_, value) => {
      const grey = this.shown(value);
      return ((255 << 24) | (grey << 16) | (grey << 8) | grey) >>> 0;
    });
  }
}
