import type { Prediction } from '../../../src-main/contract/records.ts';
import { answeredOf, highest, volumeAnswer } from '../../../src-main/statistics/volume-answer.ts';
import { volumesAmong } from '../../../src-main/statistics/volume-slices.ts';
import { picturesIn, type PastScan } from './answers.ts';

/** The most suspicious slices that are named. */
const mostNamed = 5;
/** Milliseconds at a slice after which the other models are asked about it too. */
const rest = 400;

/** The scans that were asked about. */
interface Scans {
  readonly files: readonly string[];
  shownFile: string | null;
  readonly past: PastScan | null;
  mainAnswer: (file: string) => Prediction | undefined;
  show: (file: string) => Promise<void>;
}

/** The volume that a shown slice is of: what the model in use says of each slice, and of the whole. */
export class VolumeState {
  readonly #scans: Scans;
  #resting: ReturnType<typeof setTimeout> | undefined;

  constructor(scans: Scans) {
    this.#scans = scans;
  }

  /** Its slices in order; none if the scan shown is a single picture. */
  readonly slices = $derived.by((): readonly string[] => {
    const { shownFile, files } = this.#scans;
    if (shownFile === null) return [];
    const file = shownFile.replace(/#[^#]*$/, '');
    return file === shownFile ? this.#seriesOf(shownFile) : picturesIn(file, files);
  });
  /** Of each slice; null where there is none yet. */
  readonly answers = $derived(this.slices.map((slice) => this.#scans.mainAnswer(slice) ?? null));
  readonly done = $derived(this.answers.filter((answer) => answer !== null).length);
  readonly threshold = $derived(this.answers.find((answer) => answer !== null)?.threshold ?? 0.5);
  /** The volume's own, once all its slices have one; null where none has a probability. */
  readonly whole = $derived(this.done === this.slices.length ? volumeAnswer(this.answers) : null);
  /** Places of the highest probabilities, the highest first. */
  readonly top = $derived(highest(answeredOf(this.answers), mostNamed));
  /** The place of the slice that is shown. */
  readonly at = $derived.by(() => Math.max(0, this.slices.indexOf(this.#scans.shownFile ?? '')));

  /** The slices of a series, one file each: all are known once the last file is answered. */
  #seriesOf(shownFile: string): readonly string[] {
    const series = this.#scans.mainAnswer(shownFile)?.slice?.series;
    if (series === undefined) return [];
    const answers = this.#scans.files.map((file) => this.#scans.mainAnswer(file));
    if (answers.includes(undefined)) return [];
    const slices = answers.flatMap((answer) => (answer?.slice?.series === series ? [answer] : []));
    const stack = volumesAmong(slices).find((one) => one.slices.some(({ file }) => file === shownFile));
    return stack?.slices.map(({ file }) => file) ?? [];
  }

  /** Shows a slice, unless there is none at this place. */
  to(at: number): void {
    const file = this.slices[at];
    if (file === undefined || file === this.#scans.shownFile) return;
    this.#scans.shownFile = file;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      // Who has gone on to another scan, or to one of the past, is not taken back.
      if (this.#scans.shownFile === file && !this.#scans.past) void this.#scans.show(file);
    }, rest);
  }
}
