import { z } from 'zod';
import { error, note } from '../entry.ts';
import { choice, detail, fact, message, names, number, text } from '../parameters.ts';

const kind = choice('run', 'split', 'dataset', 'other');

/** The registry, its backups, and the data folder that contains it. */
export const registry = {
  homeNotMade: error('disk', { file: text, reason: message }),
  homeReadOnly: error('disk', { folder: text }),
  homeChosenGone: error('not-found', { folder: text, settings: text, usual: text }),
  homeChoiceUnreadable: error('registry', { file: text, usual: text }),
  homeNotFolder: error('bad-usage', { folder: text }),
  homeNotWritable: error('disk', { folder: text }),
  homeNotEmpty: error('bad-usage', { folder: text }),
  homeNotKept: error('disk', { folder: text, settings: text, reason: message }),

  registryBusy: error('registry', { file: text }),
  registryBereft: error('registry', { file: text, folder: text, count: number, backups: text }),
  registryDamaged: error('registry', { file: text, seal: text }),
  /** @param backup the newest intact one, or `none`. */
  registryUnsound: error('registry', { file: text, backup: text, detail }),
  /** @param room `none`. @param sqlite its code. */
  registryNoRoom: error('disk', { file: text, sqlite: fact(z.string()), room: fact(z.string()), detail }),
  registryOnDisk: error('disk', { file: text, sqlite: fact(z.string()), detail }),
  registryRefused: error('registry', {
    file: text,
    how: choice('other', 'busy', 'damaged', 'constraint'),
    sqlite: fact(z.string()),
    detail,
  }),
  registryRow: error('registry', { file: text, table: text, row: fact(z.unknown()), detail }),
  registryRestoring: error('registry', {}),
  /** @param writer the version that wrote it, or `none`. @param backup made before that, or `none`. */
  registryNewer: error('registry', {
    file: text,
    found: number,
    known: number,
    own: text,
    writer: text,
    backup: text,
  }),
  registryChanged: error('registry', {
    file: text,
    found: fact(z.number()),
    known: fact(z.number()),
    writer: text,
    newer: choice('yes', 'no'),
  }),
  registryReplaced: error('registry', { file: text }),
  registryNoBackup: error('disk', { file: text, folder: text, reason: message }),
  registryInUse: error('registry', { file: text }),
  backupGone: error('not-found', { file: text, folder: text, count: number, known: names }),
  backupUnsound: error('registry', { file: text, reason: message }),
  backupNotWritten: note({}),
  backupNoRecords: note({}),
  sqliteSays: note({ detail }),
  backupNewer: error('registry', { file: text, format: number, known: number }),
  soundnessCancelled: error('cancelled', {}),

  /** @param command that creates such a record. @param near similar ids and names; `list` as they are written. */
  recordGone: error('not-found', {
    kind,
    id: text,
    command: text,
    count: number,
    list: text,
    near: fact(z.array(z.string())),
  }),
  imageGone: error('not-found', {
    kind: fact(z.literal('image')),
    id: number,
    where: choice('home', 'dataset'),
  }),
  splitImageGone: error('registry', { imageIds: fact(z.array(z.number())) }),
  runInUse: error('bad-run', { run: text }),
  splitInUse: error('bad-split', { split: text }),
  datasetInUse: error('bad-dataset', { dataset: fact(z.string()), name: text }),
  runNotMovable: error('bad-run', { run: text, status: text }),
  runHeld: error('bad-run', { run: text }),
  /** @param removed whether the other one is in the trash. */
  datasetNameTaken: error('bad-usage', { name: text, removed: choice('no', 'yes') }),
  datasetLacksClass: error('bad-usage', {
    dataset: fact(z.string()),
    name: text,
    positive: text,
    first: text,
    second: text,
  }),
  positiveFixed: error('bad-dataset', { dataset: fact(z.string()), name: text, run: text }),
  /** Findings of the doctor. */
  homeNotWritten: note({ folder: text }),
} as const;
