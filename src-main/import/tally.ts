import { createHash } from 'node:crypto';
import type { NewImage } from '../registry/registry.ts';

/** What an import must know of all its images at the end, in as little memory as possible. */
export class Tally {
  images = 0;
  /** Files that are in both classes, byte for byte. */
  contradictions = 0;
  /** The first two of them. */
  example: [string, string] | null = null;
  /** Pictures whose header states burned-in annotations, and the first. */
  readonly burnedIn = { count: 0, first: '' };
  /** The same for those whose header does not say, but whose kind often has them, such as screenshots. */
  readonly perhapsBurnedIn = { count: 0, first: '' };
  /** Pictures whose file name contains the patient's name or number. */
  named = 0;
  readonly #classes: Map<string, number>;
  readonly #formats = new Map<string, number>();
  readonly #lines: string[] = [];
  /** SHA-256 → the first image that has it, as file and class. */
  readonly #first = new Map<string, readonly [string, string]>();

  constructor(classes: readonly string[]) {
    this.#classes = new Map(classes.map((name) => [name, 0]));
  }

  add({ file, className, sha256, format, facts }: NewImage): void {
    this.images += 1;
    this.#formats.set(format, (this.#formats.get(format) ?? 0) + 1);
    this.#classes.set(className, (this.#classes.get(className) ?? 0) + 1);
    this.#lines.push(JSON.stringify([file, className, sha256]));
    const said = facts?.['burnedIn'];
    const told = said === 'YES' ? this.burnedIn : said === 'unknown' ? this.perhapsBurnedIn : null;
    if (told && (told.count += 1) === 1) told.first = file;
    if (facts?.['patientInPath'] === 'YES') this.named += 1;
    const twin = this.#first.get(sha256);
    if (!twin) this.#first.set(sha256, [file, className]);
    else if (twin[1] !== className) {
      this.contradictions += 1;
      this.example ??= [twin[0], file];
    }
  }

  /** Class name → images. */
  get classes(): Record<string, number> {
    return Object.fromEntries(this.#classes);
  }

  /** Format → images, most frequent first. */
  get formats(): Record<string, number> {
    return Object.fromEntries([...this.#formats].sort(([, a], [, b]) => b - a));
  }

  /** Images less distinct SHA-256. */
  get duplicates(): number {
    return this.images - this.#first.size;
  }

  /** SHA-256 over the sorted (path, class, SHA-256) of all images: equal for equal folders, wherever they are. */
  hash(): string {
    const hash = createHash('sha256');
    // They are nearly sorted, which makes sorting fast.
    this.#lines.sort().forEach((line, index) => hash.update(index === 0 ? line : `\n${line}`));
    return hash.digest('hex');
  }
}
