import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { Dataset, Quarantined } from '../contract/records.ts';
import { decode, decodersAtOnce } from '../images/decode.ts';
import { inOrder } from '../images/in-order.ts';
import { withFile } from '../images/read.ts';
import { newId, type NewImage, type Registry } from '../registry/registry.ts';
import { sha256Of } from '../system/hashes.ts';
import { readLayout, type FoundFile } from './layout.ts';
import { positiveClass, unsurePositive } from './positive.ts';

export interface ImportOptions {
  registry: Registry;
  folder: string;
  /** The folder's name by default; one that is taken gets a number. */
  name?: string | undefined;
  /** Class whose presence is to be found; guessed from the names by default. */
  positive?: string | undefined;
  onProgress?: (done: number, total: number, imagesPerSecond: number) => void;
  /** Stops the import, which then leaves nothing. */
  signal?: AbortSignal | undefined;
}

export interface Imported {
  dataset: Dataset;
  images: number;
  /** Class name → images. */
  classes: Record<string, number>;
  positive: string;
  /** Whether `positive` was taken from the names. */
  positiveGuessed: boolean;
  /** Images less distinct SHA-256. */
  duplicates: number;
  quarantined: Quarantined[];
  /** Hidden and system files, and files outside the class folders. */
  ignored: number;
  /** Full sentences. */
  warnings: string[];
}

/**
 * Imports a folder of images in two classes: finds them, decodes each, and records those that can be read with
 * their SHA-256, the others with the reason. The files stay where they are. Memory does not grow with the folder.
 * @throws FalxError `bad-dataset` not two classes, or nothing readable; `bad-usage` an unknown positive class;
 *   `not-found`; `cancelled`.
 */
export async function importFolder(options: ImportOptions): Promise<Imported> {
  const folder = path.resolve(options.folder);
  const layout = await readLayout(folder);
  const { positive, sure } = positiveClass(layout.classes, options.positive);
  const { images, quarantined } = await readAll(folder, layout.files, options);
  if (images.length === 0) throw nothingReadable(folder, quarantined);
  const classes = Object.fromEntries(
    layout.classes.map((name) => [name, images.filter((image) => image.className === name).length]),
  );
  const warnings = [...layout.warnings, ...emptyClasses(classes, quarantined), ...contradictions(images)];

  const dataset = options.registry.addDataset(
    {
      id: newId('ds'),
      name: options.name?.trim() || path.basename(folder) || 'scans',
      folder,
      created: new Date().toISOString(),
      classes: layout.classes,
      positive,
      hash: hashOf(images),
      removed: null,
    },
    images,
    quarantined,
    { warnings, positiveSure: sure },
  );
  return {
    dataset,
    images: images.length,
    classes,
    positive,
    positiveGuessed: options.positive === undefined,
    duplicates: images.length - new Set(images.map((image) => image.sha256)).size,
    quarantined,
    ignored: layout.ignored,
    warnings: [...(sure ? [] : [unsurePositive(positive)]), ...warnings],
  };
}

async function readAll(
  folder: string,
  files: readonly FoundFile[],
  { onProgress, signal }: ImportOptions,
): Promise<{ images: NewImage[]; quarantined: Quarantined[] }> {
  const images: NewImage[] = [];
  const quarantined: Quarantined[] = [];
  const began = performance.now();
  for await (const read of inOrder(files, 2 * decodersAtOnce, (file) => readOne(folder, file))) {
    if (signal?.aborted)
      throw new FalxError('cancelled', 'The import was cancelled; nothing was added.', { folder });
    if ('reason' in read) quarantined.push(read);
    else images.push(read);
    const done = images.length + quarantined.length;
    onProgress?.(done, files.length, (1000 * done) / (performance.now() - began));
  }
  return { images, quarantined };
}

/** Decodes a file to the end, so that damage is found now and not on the night of the training. */
async function readOne(
  folder: string,
  { file, className, givenPart }: FoundFile,
): Promise<NewImage | Quarantined> {
  try {
    return await withFile(path.join(folder, file), file, async (input) => {
      const { format, width, height } = await decode(input, file);
      const sha256 = sha256Of(input);
      const kept = { file, className, sha256, bytes: input.length, format, width, height, givenPart };
      return { ...kept, frame: null, patient: null, facts: null };
    });
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    return { file, reason: (error.facts['reason'] as string | undefined) ?? error.message };
  }
}

/** SHA-256 over the sorted (path, class, SHA-256) of all images: equal for equal folders, wherever they lie. */
function hashOf(images: readonly NewImage[]): string {
  const lines = images.map(({ file, className, sha256 }) => JSON.stringify([file, className, sha256])).sort();
  return sha256Of(lines.join('\n'));
}

function nothingReadable(folder: string, quarantined: readonly Quarantined[]): FalxError {
  const first = quarantined[0];
  const example = first ? `; the first, "${first.file}": ${first.reason}` : '.';
  return new FalxError(
    'bad-dataset',
    `None of the ${quarantined.length} files in the class folders of "${folder}" is an image that Falx can read${example} ` +
      'Falx reads JPEG, PNG, TIFF, BMP, WebP and GIF files.',
    { folder, quarantined: quarantined.slice(0, 100) },
  );
}

function emptyClasses(classes: Record<string, number>, quarantined: readonly Quarantined[]): string[] {
  return Object.entries(classes)
    .filter(([, count]) => count === 0)
    .map(
      ([name]) =>
        `"${name}" has no image that can be read (${quarantined.length} ${quarantined.length === 1 ? 'file is' : 'files are'} in quarantine). ` +
        'The dataset cannot be split before both classes have images.',
    );
}

/** The same picture under both labels: one of them must be wrong. */
function contradictions(images: readonly NewImage[]): string[] {
  const first = new Map<string, NewImage>();
  const pairs: [NewImage, NewImage][] = [];
  for (const image of images) {
    const twin = first.get(image.sha256);
    if (!twin) first.set(image.sha256, image);
    else if (twin.className !== image.className) pairs.push([twin, image]);
  }
  const example = pairs[0];
  if (!example) return [];
  return [
    `${pairs.length} ${pairs.length === 1 ? 'file is' : 'files are'} in both classes, byte for byte (such as ` +
      `"${example[0].file}" and "${example[1].file}"): one label of each must be wrong.`,
  ];
}
