import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { Dataset, Quarantined } from '../contract/records.ts';
import { decodersAtOnce } from '../images/decode.ts';
import { derivedFolder } from '../images/derivatives.ts';
import { inOrder } from '../images/in-order.ts';
import type { NewQuarantined, Source } from '../registry/imports.ts';
import { newId, type Registry } from '../registry/registry.ts';
import { readLayout, type FoundFile } from './folder-layout.ts';
import { readInSubprocess } from './reader.ts';
import type { Reading } from './reading.ts';
import { withoutClash, pictureOf, rowsOfFile } from './image-rows.ts';
import { stampOf } from './stamp.ts';
import { UnfinishedDataset, type FileRows } from './unfinished.ts';
import { Tally } from './tally.ts';
import { ofLayout, warningsOf } from './warnings.ts';

export interface RetryOptions {
  registry: Registry;
  datasetId: string;
  onProgress?: ((done: number, total: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface Retried {
  /** The same as before if nothing more can be read now; otherwise a new one. */
  dataset: Dataset;
  /** Files that can be read now. */
  recovered: number;
  /** Files that still can't be. */
  left: Quarantined[];
}

/**
 * Reads the files in quarantine again. Datasets never change, so those that can be read now make a new dataset together with
 * everything in the old one, decisions included; the old one stays, with its splits and runs, to return to. No other file is read.
 * @throws FalxError `not-found`; `cancelled`; `disk`, `registry`.
 */
export async function retryQuarantined(options: RetryOptions): Promise<Retried> {
  const { registry, signal } = options;
  const before = registry.datasets.get(options.datasetId);
  const waiting = await withClasses(before, registry.imports.quarantined(before.id));
  const source = registry.imports.source(before.id) ?? unknownSource;
  const now = await readAgain(
    before.folder,
    waiting.map((found) => {
      const like = pictureOf(found.file, (file) => registry.imports.file(before.id, file) !== null);
      return like === null ? found : { ...found, like };
    }),
    options,
    source,
  );
  const recovered = [...now.values()].filter(({ reading }) => reading.reason === null).length;
  const left = [...now].flatMap(([file, { reading }]) => {
    const { reason, facts } = reading;
    return reason === null ? [] : [{ file, reason, ...(facts && { facts }) }];
  });
  if (recovered === 0) return { dataset: before, recovered, left };

  const is = new Tally(before.classes);
  function* rows(): Generator<FileRows> {
    for (const file of namesOf(registry, before.id)) {
      const known = registry.imports.file(before.id, file)!;
      const again = now.get(file);
      const of = again ? rowsOfFile(again.found, again.reading) : { file, ...known };
      for (const image of of.images) is.add(image);
      yield of;
    }
  }
  const { id: _, hash: __, ...kept } = before;
  const id = newId('ds');
  const unfinished = await UnfinishedDataset.open(registry, {
    dataset: { ...kept, id, created: new Date().toISOString(), removed: null },
    source,
    rules: null,
  });
  try {
    for (const one of rows()) {
      if (signal?.aborted) throw cancelled(before.folder);
      await unfinished.add(one);
    }
    const dataset = await unfinished.finish(() => {
      registry.checks.copyDecisions(before.id, id);
      const { warnings, positiveSure } = registry.datasets.notes(before.id);
      const layout = { warnings: ofLayout(warnings) };
      return { hash: is.hash(), notes: { warnings: warningsOf(layout, is, left.length), positiveSure } };
    });
    return { dataset, recovered, left };
  } catch (error) {
    await unfinished.drop();
    throw error;
  }
}

const cancelled = (folder: string): FalxError => new FalxError('rereadCancelled', { folder });

/** Of a dataset of an older version of Falx, which did not store it: none of its records is reused. */
const unknownSource: Source = {
  reader: '',
  plane: null,
  slices: null,
  archive: null,
  labels: null,
  classes: null,
};

type Rereadings = Map<string, { found: FoundFile; reading: Reading }>;

async function readAgain(
  folder: string,
  files: readonly FoundFile[],
  { registry, onProgress, signal }: RetryOptions,
  { plane, slices }: Source,
): Promise<Rereadings> {
  const scan = {
    salt: registry.secrets.get('patients'),
    plane: plane ?? undefined,
    slices: slices ?? undefined,
  };
  const derived = derivedFolder(registry.home);
  const again: Rereadings = new Map();
  for await (const { found, reading } of inOrder(files, 2 * decodersAtOnce, async (found) => ({
    found,
    reading: withoutClash(
      found,
      await readInSubprocess(
        folder,
        found.file,
        await stampOf(path.join(folder, found.file)),
        scan,
        derived,
        signal,
      ),
    ),
  }))) {
    if (signal?.aborted) throw cancelled(folder);
    again.set(found.file, { found, reading });
    onProgress?.(again.size, files.length);
  }
  return again;
}

/** Class and set of each file in quarantine: as stored, or by its folder. Missing files are left out. */
async function withClasses({ folder }: Dataset, waiting: readonly NewQuarantined[]): Promise<FoundFile[]> {
  const noted = waiting.flatMap(({ className, ...rest }) =>
    className === null ? [] : [{ ...rest, className }],
  );
  if (noted.length === waiting.length) return noted;
  const found = new Map((await readLayout(folder)).files.map((file) => [file.file, file]));
  return waiting.flatMap(({ file }) => found.get(file) ?? []);
}

function* namesOf(registry: Registry, datasetId: string): Generator<string> {
  let after = '';
  for (;;) {
    const names = registry.imports.fileNames(datasetId, after, 1000);
    if (names.length === 0) break;
    yield* names;
    after = names.at(-1)!;
  }
  if (after !== '') return;
  // Stored before files were recorded: one picture per file.
  for (const { file } of registry.images.list(datasetId)) yield file;
  for (const { file } of registry.quarantine.list(datasetId)) yield file;
}
