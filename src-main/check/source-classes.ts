import type { ClassChoice } from '../contract/labels.ts';
import type { ImageRecord } from '../contract/records.ts';
import type { Registry } from '../registry/registry.ts';
import { keyOf } from '../system/file-names.ts';

/**
 * The classes of a dataset that several class folders were put together as, at its import; none where labels came from a table,
 * of which the class alone is kept.
 */
export function mergedClassesOf(registry: Registry, datasetId: string): ClassChoice[] {
  const source = registry.imports.source(datasetId);
  if (!source?.classes || source.labels) return [];
  return source.classes.filter(({ of }) => of.length > 1);
}

/** The class folder that an image came in, as the import was told it; null where its class is made of that folder alone. */
export function sourceClassOf(
  { file, className }: Pick<ImageRecord, 'file' | 'className'>,
  merged: readonly ClassChoice[],
): string | null {
  const choice = merged.find(({ name }) => name === className);
  if (!choice) return null;
  const folders = file.split('/').slice(0, -1).map(keyOf);
  for (const folder of folders) {
    const found = choice.of.find((name) => keyOf(name) === folder);
    if (found !== undefined) return found;
  }
  return null;
}
