import { z } from 'zod';
import { ClassChoice } from '../../labels.ts';
import { error } from '../entry.ts';
import {
  brief,
  choice,
  counts,
  detail,
  fact,
  message,
  messages,
  names,
  number,
  optional,
  place,
  text,
} from '../parameters.ts';

/** Two classes suggested by their names. */
const suggested = fact(z.array(ClassChoice).readonly().nullable());
/** How to choose them on the command line; `none` if nothing is suggested. */
const example = text;

/** Why a folder, an archive or a table of labels is not imported. */
export const imports = {
  folderNameEmpty: error('bad-usage', {}),
  notToImport: error('bad-dataset', {
    folder: place,
    what: choice('file', 'notOrdinary', 'part', 'program', 'empty', 'archive'),
  }),
  sourceNotRead: error('unreadable-file', { file: text, reason: message }),
  folderNotRead: error('unreadable-file', { folder: text, reason: message }),
  folderWentAway: error('unreadable-file', { folder: place }),
  layoutNotTwo: error('bad-dataset', {
    folder: place,
    classes: names,
    count: number,
    files: number,
    example,
    suggested,
  }),
  layoutEmpty: error('bad-dataset', { folder: place, first: text, second: text }),
  layoutMixed: error('bad-dataset', { folder: place, folders: names }),
  classFolderMissing: error('bad-usage', { folder: place, wanted: text, classes: names, count: number }),
  classesNotTwo: error('bad-usage', { classes: text }),
  classUnknown: error('bad-usage', { wanted: text, first: text, second: text, count: number }),
  nothingReadable: error('bad-dataset', {
    folder: place,
    count: number,
    first: text,
    reason: brief,
    quarantined: fact(z.array(z.unknown())),
  }),
  /** Reason for one file. */
  fileLikePicture: error('unreadable-file', { file: text, like: text }),
  noLabels: error('bad-dataset', { dataset: fact(z.string()), name: text, folder: text }),
  importCancelled: error('cancelled', { folder: fact(z.string()) }),
  rereadCancelled: error('cancelled', { folder: fact(z.string()) }),
  /** @param file `none` if unknown. @param known whether the reason is. */
  importNotNoted: error('disk', {
    file: text,
    known: choice('yes', 'no'),
    reason: optional(message),
    detail: optional(detail),
  }),

  labelsMissing: error('not-found', { file: text, looked: choice('there', 'folder') }),
  labelsNotRead: error('unreadable-file', { file: text, reason: message }),
  labelsTable: error('bad-dataset', {
    file: text,
    fault: choice('empty', 'rows', 'folder', 'notOrdinary', 'encoding', 'notText', 'format'),
    /** Line where it stops being a table. */
    line: optional(number),
    said: optional(detail),
  }),
  labelsColumns: error('bad-dataset', { file: text, lack: choice('files', 'both'), columns: names }),
  labelsNoTitles: error('bad-dataset', { file: text }),
  labelsNoColumn: error('bad-usage', {
    file: text,
    column: text,
    /** Whether the first line has column names; otherwise it is not quoted. */
    titles: choice('yes', 'no'),
    columns: names,
  }),
  labelsContradict: error('bad-dataset', {
    table: text,
    file: text,
    of: choice('labels', 'patients'),
    /** The two labels; patients are not named. */
    one: optional(text),
    other: optional(text),
    first: number,
    second: number,
  }),
  labelsNotTwo: error('bad-dataset', {
    file: text,
    labels: counts,
    count: number,
    strangers: number,
    warnings: messages,
    example,
    found: fact(z.array(z.string())),
    suggested,
  }),
  labelUnknown: error('bad-usage', {
    file: text,
    wanted: text,
    labels: counts,
    example,
    found: fact(z.array(z.string())),
    suggested,
  }),

  demoCancelled: error('cancelled', { folder: fact(z.string()) }),
  demoNotEmpty: error('bad-usage', { folder: text }),
  demoNotWritten: error('disk', { folder: text, reason: message }),
} as const;
