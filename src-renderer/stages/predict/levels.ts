import { levelOfShare } from '../../../src-main/statistics/quantiles.ts';

export const levelPresets = ['whole', 'usual', 'bright', 'own'] as const;
/** `whole`: as the picture is; `usual`: from its 2nd percentile to its 98th; `bright`: its upper half; `own`: dragged by hand. */
export type LevelPreset = (typeof levelPresets)[number];

/** Which grey levels of a picture are shown from black to white. */
export class Levels {
  /** Levels from black to white, 1 to 512. */
  readonly window: number;
  /** The middle of them. */
  readonly level: number;
  readonly isInverted: boolean;

  constructor(window = 256, level = 128, isInverted = false) {
    this.window = Math.min(512, Math.max(1, window));
    this.level = Math.min(255, Math.max(0, level));
    this.isInverted = isInverted;
  }

  /** @param values of the picture. @returns null for what has no levels of its own. */
  static preset(preset: LevelPreset, values: Uint8Array): Levels | null {
    if (preset === 'own') return null;
    if (preset === 'whole') return new Levels();
    const [low, high] = preset === 'usual' ? [0.02, 0.98] : [0.5, 0.995];
    const counts = new Uint32Array(256);
    for (const value of values) if (value > 0) counts[value]! += 1; // what lies around a head is no part of it
    const n = counts.reduce((sum, count) => sum + count, 0);
    const from = levelOfShare(counts, n, low);
    const to = Math.max(from + 1, levelOfShare(counts, n, high));
    return new Levels(to - from, (from + to) / 2);
  }

  /** As radiology viewers have it: to the right widens the window, down lifts the level, so that the picture gets darker. */
  dragged(right: number, down: number): Levels {
    return new Levels(this.window + right, this.level + down, this.isInverted);
  }

  inverted(): Levels {
    return new Levels(this.window, this.level, !this.isInverted);
  }

  /** The shown grey of a level, 0 to 255. */
  shown(value: number): number {
    const share = (value - (this.level - this.window / 2)) / this.window;
    const grey = Math.round(255 * Math.min(1, Math.max(0, share)));
    return this.isInverted ? 255 - grey : grey;
  }

  /** Of each level the pixel as a canvas has it, opaque, on machines whose least significant byte comes first. */
  table(): Uint32Array {
    return Uint32Array.from({ length: 256 }, (_, value) => {
      const grey = this.shown(value);
      return ((255 << 24) | (grey << 16) | (grey << 8) | grey) >>> 0;
    });
  }
}
