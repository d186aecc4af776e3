import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { FalxError, messageOfWorded } from '../contract/errors.ts';
import type { StoredMessage } from '../contract/messages/say.ts';
import type { ClassChoice } from '../contract/labels.ts';
import type { Dataset, Quarantined } from '../contract/records.ts';
import { derivedFolder, trimDerivatives } from '../images/derivatives.ts';
import type { Plane } from '../images/scan.ts';
import type { Source } from '../registry/imports.ts';
import { newId, type Registry } from '../registry/registry.ts';
import { sha256Of } from '../system/hashes.ts';
import { falxVersion } from '../version.ts';
import { Earlier, type Changes } from './earlier.ts';
import { labelledLayout, type LabelledLayout, type LabelOptions } from './labels/labelled-layout.ts';
import { readLayout, type Layout } from './folder-layout.ts';
import { positiveClass, unsurePositive } from './positive.ts';
import { warmReaders } from './reader.ts';
import { readAll } from './read-all.ts';
import { withoutClashes } from './image-rows.ts';
import { UnfinishedDataset } from './unfinished.ts';
import { warningsOf } from './warnings.ts';

export interface ImportOptions {
  registry: Registry;
  folder: string;
  /** The folder's name by default; one that is taken gets a number. */
  name?: string | undefined;
  /** The positive class; by default that of the last import, or else guessed from the names. */
  positive?: string | undefined;
  /** The two classes to use if there are more class folders or labels; by default those of the last import. */
  classes?: readonly ClassChoice[] | undefined;
  /** A table with labels, patients or both. */
  labels?: LabelOptions | undefined;
  /** How volumes are sliced; axially by default, and DICOM series as they were acquired. */
  plane?: Plane | undefined;
  /** Most slices per volume, evenly spaced; by default all that intersect the brain. */
  slices?: number | undefined;
  /** File name of the archive that the folder was unpacked from; the dataset is named after it. */
  archive?: string | undefined;
  /** Reads every file again, even if unchanged since the last import. */
  reread?: boolean | undefined;
  onProgress?: (done: number, total: number, imagesPerSecond: number) => void;
  /** Stops the import, which then adds nothing; the next import of the folder continues it. */
  signal?: AbortSignal | undefined;
}

export interface Imported {
  dataset: Dataset;
  /** Whether nothing has changed since the last import: `dataset` is then that one. */
  existing: boolean;
  /** Changes since the last import of this folder; null for the first. */
  changes: Changes | null;
  /** Files reused from the last import, or from one that was stopped, without reading them again. */
  takenOver: number;
  images: number;
  /** Class name → images. */
  classes: Record<string, number>;
  positive: string;
  /** Whether `positive` was guessed from the names. */
  positiveGuessed: boolean;
  /** Format (jpeg, png, dicom, …) → images, most frequent first. */
  formats: Record<string, number>;
  /** Files with more than one image: volumes, and multi-frame DICOM files. */
  severalImages: number;
  /** Images less distinct SHA-256. */
  duplicates: number;
  quarantined: Quarantined[];
  /** Hidden and system files, and files outside the class folders. */
  ignored: number;
  warnings: StoredMessage[];
}

/**
 * Imports a folder of images in two classes: finds them, decodes each, and records those that can be read with their SHA-256, the
 * others with the reason. The files stay where they are. Memory hardly grows with the folder.
 * A stopped import is continued. A second import of a folder reads only what has changed, and makes a new dataset, since datasets
 * never change; if nothing has, and no other name or positive class is requested, it returns the existing one.
 * @throws FalxError `bad-dataset` not two classes, or nothing readable; `bad-usage` an unknown positive class; `not-found`;
 *   `cancelled`; `disk`.
 */
export async function importFolder(options: ImportOptions): Promise<Imported> {
  const { registry } = options;
  warmReaders();
  const folder = path.resolve(options.folder);
  const { plane, slices } = options;
  const reader = ['falx', falxVersion(), plane, slices].filter((part) => part !== undefined).join(' ');
  const scan = { salt: registry.secrets.get('patients'), plane, slices };
  const earlier = Earlier.of(registry, folder, reader);
  const { layout: found, classes } = await layoutOf(folder, options, earlier, scan.salt);
  const layout = { ...found, files: withoutClashes(found.files) };
  const labels =
    'patients' in layout ? { file: path.basename(options.labels!.file), patients: layout.patients } : null;
  const source: Source = {
    reader,
    plane: plane ?? null,
    slices: slices ?? null,
    archive: options.archive ?? null,
    labels,
    classes,
  };
  const place = await placeOf(folder);
  const finding = findingOf(layout.classes, options, earlier);
  const unfinished = await UnfinishedDataset.open(
    registry,
    {
      dataset: {
        id: newId('ds'),
        name: options.name?.trim() || path.basename(options.archive ?? folder, '.zip') || 'scans',
        folder,
        created: new Date().toISOString(),
        classes: [...layout.classes],
        positive: finding.positive,
        removed: null,
      },
      source,
      rules: reader + patientsKey(layout),
    },
    (place) => {
      const { file } = layout.files[place]!;
      return { file, ...earlier!.file(file)! };
    },
  );
  try {
    const { tally, quarantined, takenOver, severalImages } = await readAll(folder, layout, {
      ...options,
      scan,
      derived: derivedFolder(registry.home),
      earlier,
      unfinished,
    });
    if (place === null || (await placeOf(folder)) !== place) throw folderGone(folder);
    if (tally.images === 0) throw nothingReadable(folder, quarantined);
    const warnings = warningsOf(layout, tally, quarantined.length);
    const same = unchangedDataset(earlier, finding.positive, options);
    if (same && takenOver + quarantined.length < layout.files.length)
      await restamp(registry, same.id, source, unfinished);
    const dataset =
      same ??
      (await unfinished.finish(() => ({
        hash: tally.hash(),
        notes: { warnings, positiveSure: finding.sure },
      })));
    if (same) await unfinished.drop();
    await trimDerivatives(derivedFolder(registry.home));
    return {
      dataset,
      existing: dataset.id === earlier?.dataset.id,
      changes: earlier?.changes ?? null,
      takenOver,
      images: tally.images,
      classes: tally.classes,
      positive: dataset.positive,
      positiveGuessed: finding.guessed,
      formats: tally.formats,
      severalImages,
      duplicates: tally.duplicates,
      quarantined,
      ignored: layout.ignored,
      warnings: [...(finding.sure ? [] : [unsurePositive(dataset.positive)]), ...warnings],
    };
  } catch (error) {
    // A folder that can't be a dataset has nothing to continue with.
    if (error instanceof FalxError && error.code === 'bad-dataset') await unfinished.drop();
    else await unfinished.leave();
    throw error;
  }
}

/**
 * For continued imports: a table's patient replaces the header's, which is then missing for an import without the table or with
 * another.
 */
function patientsKey(layout: Layout | LabelledLayout): string {
  if (!('patients' in layout) || !layout.patients) return '';
  const named = layout.files.flatMap(({ file, patient }) => (patient ? [file] : []));
  return ` ${sha256Of(named.join('\0'))}`;
}

/** Identifies a folder, as opposed to a later one at the same path; null if there is none. */
const placeOf = (folder: string): Promise<string | null> =>
  stat(folder, { bigint: true }).then(
    ({ dev, ino }) => `${dev} ${ino}`,
    () => null,
  );

/** Otherwise half of its files would be in quarantine, as if they had never been there. */
const folderGone = (folder: string): FalxError => new FalxError('folderWentAway', { folder });

/** The files and their classes: as requested, otherwise in the classes of the last import, if these still exist. */
async function layoutOf(
  folder: string,
  { labels, classes }: ImportOptions,
  earlier: Earlier | null,
  salt: string,
): Promise<{ layout: Layout | LabelledLayout; classes: ClassChoice[] | null }> {
  const read = async (wanted: readonly ClassChoice[] | undefined) => ({
    layout: await (labels ? labelledLayout(folder, labels, wanted, salt) : readLayout(folder, wanted)),
    classes: wanted ? [...wanted] : null,
  });
  if (classes !== undefined || !earlier?.classes) return read(classes);
  return read(earlier.classes).catch((error: unknown) => {
    if (error instanceof FalxError && error.code === 'bad-usage') return read(undefined);
    throw error;
  });
}

/** The positive class: as requested, as in the last dataset of the folder, or as guessed from the names. */
function findingOf(
  classes: readonly string[],
  { positive: wanted, registry }: ImportOptions,
  earlier: Earlier | null,
): { positive: string; sure: boolean; guessed: boolean } {
  const before = earlier?.dataset;
  if (wanted === undefined && before && classes.includes(before.positive))
    return {
      positive: before.positive,
      sure: registry.datasets.notes(before.id).positiveSure,
      guessed: false,
    };
  return { ...positiveClass(classes, wanted), guessed: wanted === undefined && classes.length > 1 };
}

/**
 * Updates the stamps of an existing dataset's files. Files that were touched, copied, just written when they were read, or read by
 * another version of Falx would otherwise be read at every import.
 */
async function restamp(
  registry: Registry,
  datasetId: string,
  source: Source,
  unfinished: UnfinishedDataset,
): Promise<void> {
  for await (const files of unfinished.stamps()) {
    registry.imports.restamp(
      datasetId,
      files.filter(({ file, stamp }) => registry.imports.stamp(datasetId, file) !== stamp),
    );
    await setImmediate();
  }
  registry.imports.setSource(datasetId, source);
}

/** The last dataset of the folder, if a new one would be the same. */
function unchangedDataset(
  earlier: Earlier | null,
  positive: string,
  { name }: ImportOptions,
): Dataset | null {
  if (!earlier || earlier.dataset.removed !== null) return null;
  const { dataset, changes } = earlier;
  const same = changes.added === 0 && changes.changed === 0 && changes.gone === 0;
  const wanted = name?.trim() || dataset.name;
  return same && wanted === dataset.name && positive === dataset.positive ? dataset : null;
}

/** @param quarantined all files of the folder; there is at least one, or its layout would have been refused. */
function nothingReadable(folder: string, quarantined: readonly Quarantined[]): FalxError {
  const [{ file: first, reason: message, facts = null }] = quarantined as [Quarantined];
  return new FalxError('nothingReadable', {
    folder,
    count: quarantined.length,
    first,
    reason: messageOfWorded({ message, facts }),
    quarantined: quarantined.slice(0, 100),
  });
}
