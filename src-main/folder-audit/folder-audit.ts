import { toCsv } from '../contract/csv.ts';
import type { ShortcutAudit } from '../contract/check.ts';
import { FalxError } from '../contract/errors.ts';
import type { StoredMessage } from '../contract/messages/say.ts';
import type { ClassChoice } from '../contract/labels.ts';
import type { Dataset, Part } from '../contract/records.ts';
import { importPath } from '../import/import-path.ts';
import type { Imported } from '../import/import-handlers.ts';
import type { Registry } from '../registry/registry.ts';
import { makeSplit, type SplitMade } from '../split/split-handlers.ts';
import { defaultGrouping, evidenceOf, groupsOf } from '../check/scan-groups.ts';
import { currentCheck } from '../check/check-handlers.ts';
import { leaksOf, type Leak } from '../check/leaks.ts';
import { mergedClassesOf, sourceClassOf } from '../check/source-classes.ts';
import type { Checked, CheckedGroup, CheckedImage, CheckedTwin } from '../check/report.ts';
import { auditShortcuts, type ShortcutOptions } from '../check/shortcut-audit.ts';

export type AuditStep = 'importing' | Parameters<NonNullable<ShortcutOptions['onProgress']>>[0];

export interface AuditOptions {
  registry: Registry;
  /** Two class folders, or train, validation and test folders with the class folders in each; or a zip archive of them. */
  folder: string;
  positive?: string | undefined;
  /** The two class folders to keep if there are more. */
  classes?: readonly ClassChoice[] | undefined;
  /** Stores a split in which no group (of twins, and of a patient if known) is in two sets. */
  repair?: boolean | undefined;
  onProgress?: (step: AuditStep, done: number, total: number) => void;
  signal?: AbortSignal | undefined;
}

/** What is wrong with a ready-made dataset. */
export interface Audit {
  imported: Imported;
  checked: Checked;
  /** Images in each set that the folder was divided into; null if it was not divided. */
  given: Record<Part, number> | null;
  /** Every test image with a twin in train or validation; empty if the folder was not divided. */
  leaks: Leak[];
  /** Scans with both labels: one of them is wrong. */
  mixed: Contradiction[];
  /** Scans in several class folders that were merged into one class: the folders contradict each other. */
  merged: (Contradiction & { classes: string[] })[];
  /** Known patients, and test images of those who are in train or validation too; null if none is known. */
  patients: { known: number; testImages: number } | null;
  /** Null if there are too few scans for it; `withoutShortcuts` says why. */
  shortcuts: ShortcutAudit | null;
  withoutShortcuts: StoredMessage | null;
  repaired: Repaired | null;
}

/** Two images of one scan with different classes. */
export interface Contradiction {
  one: CheckedImage;
  other: CheckedTwin;
}

export interface Repaired extends SplitMade {
  /** Images whose set differs from the given one, not counting a set that none was given for. */
  moved: number;
}

/**
 * Audits a ready-made dataset as a reviewer would: imports it (one that is known and unchanged is not imported again), searches for
 * twins and leaks of the test set, and for shortcuts; and repairs the split on request. A repaired split keeps the given sets and
 * their sizes, and moves a group that was in several sets into one of them; if the folder was not divided, it is drawn anew.
 * @throws FalxError as `importPath`, `checkDataset` and `makeSplit`.
 */
export async function auditFolder(options: AuditOptions): Promise<Audit> {
  const { registry, folder, positive, classes, signal, onProgress } = options;
  const imported = await importPath({
    registry,
    folder,
    positive,
    classes,
    signal,
    onProgress: (done, total) => onProgress?.('importing', done, total),
  });
  const { id } = imported.dataset;
  const of = { registry, datasetId: id, signal, onProgress: onProgress ?? (() => undefined) };
  const { checked } = await currentCheck(of);
  const { shortcuts, withoutShortcuts } = await shortcutsOf({ ...of, checked: true });
  return {
    imported,
    checked,
    given: givenParts(registry, id),
    leaks: leaksOf(evidenceOf(registry, id)),
    ...contradictionsIn(checked.groups, mergedClassesOf(registry, id)),
    patients: patientsOf(registry, id),
    shortcuts,
    withoutShortcuts,
    repaired: options.repair ? repair(registry, imported.dataset) : null,
  };
}

/** For each scan with contradicting images, one such pair. */
function contradictionsIn(
  groups: readonly CheckedGroup[],
  merged: readonly ClassChoice[],
): Pick<Audit, 'mixed' | 'merged'> {
  const pairBy = ({ first, twins }: CheckedGroup, classOf: (image: CheckedImage) => string | null) => ({
    one: first,
    other: twins.find((twin) => classOf(twin) !== classOf(first)) ?? twins[0]!,
  });
  return {
    mixed: groups
      .filter(({ mixedLabels }) => mixedLabels)
      .map((group) => pairBy(group, ({ className }) => className)),
    merged: groups
      .filter(({ mergedClasses }) => mergedClasses.length > 0)
      .map((group) => ({
        ...pairBy(group, (image) => sourceClassOf(image, merged)),
        classes: group.mergedClasses,
      })),
  };
}

async function shortcutsOf(of: ShortcutOptions): Promise<Pick<Audit, 'shortcuts' | 'withoutShortcuts'>> {
  try {
    return { shortcuts: await auditShortcuts(of), withoutShortcuts: null };
  } catch (error) {
    // Too few scans for this is no reason to withhold the leaks.
    if (!(error instanceof FalxError) || error.code !== 'bad-dataset') throw error;
    return { shortcuts: null, withoutShortcuts: error.asMessage };
  }
}

function givenParts(registry: Registry, datasetId: string): Audit['given'] {
  const counts: Record<Part, number> = { train: 0, validation: 0, test: 0 };
  for (const { givenPart } of evidenceOf(registry, datasetId).images) if (givenPart) counts[givenPart] += 1;
  return counts.train + counts.validation + counts.test > 0 ? counts : null;
}

/** Patients, and test images of those who came in train or validation too; null if no patient is known. */
export function patientsOf(registry: Registry, datasetId: string): Audit['patients'] {
  const { images, dropped } = evidenceOf(registry, datasetId);
  const known = images.filter(({ id, patient }) => patient !== null && !dropped.has(id));
  const seen = new Set(
    known.filter(({ givenPart }) => givenPart && givenPart !== 'test').map(({ patient }) => patient),
  );
  if (known.length === 0) return null;
  return {
    known: new Set(known.map(({ patient }) => patient)).size,
    testImages: known.filter(({ givenPart, patient }) => givenPart === 'test' && seen.has(patient)).length,
  };
}

function repair(registry: Registry, { id }: Dataset): Repaired {
  const { images } = evidenceOf(registry, id);
  const useGiven = images.some(({ givenPart }) => givenPart !== null);
  const made = makeSplit({ registry, datasetId: id, useGiven });
  const given = new Map(images.map((image) => [image.id, image.givenPart]));
  const came = new Set(given.values());
  const moved = registry.parts.list(made.split.id).filter(({ imageId, part }) => {
    const before = given.get(imageId);
    return before && before !== part && came.has(part);
  }).length;
  return { ...made, moved };
}

/** A split as CSV (RFC 4180): file, class, set and group number, by path; a dropped image has no set. */
export function splitTable(registry: Registry, { split }: SplitMade): string {
  const grouping = split.certificate?.grouping ?? defaultGrouping(registry, split.datasetId);
  const { images, labels } = groupsOf(registry, split.datasetId, grouping);
  const parts = new Map(registry.parts.list(split.id).map(({ imageId, part }) => [imageId, part]));
  const rows = images
    .map(
      ({ id, file, className }, place) => [file, className, parts.get(id) ?? '', labels[place]! + 1] as const,
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return toCsv(['file', 'class', 'part', 'group'], rows);
}
