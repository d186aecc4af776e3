import { z } from 'zod';
import { error, note } from '../entry.ts';
import { choice, detail, fact, message, names, number, text } from '../parameters.ts';

/** Errors of the command line itself; no window shows them. */
export const cli = {
  /** Options and arguments that the parser rejects; details are its own words. */
  usageUnknownOption: error('bad-usage', { usage: fact(z.string()), detail }),
  usageUnknownCommand: error('bad-usage', { usage: fact(z.string()), detail }),
  usageMissing: error('bad-usage', { usage: fact(z.string()), detail }),
  usageTooMuch: error('bad-usage', { usage: fact(z.string()), detail }),
  usageOther: error('bad-usage', { usage: fact(z.string()), detail }),
  /** @param option as declared, with its value: `--epochs <n>`. */
  optionRefused: error('bad-usage', { option: text, typed: text, needs: message }),
  /** `--home ''`, as from a script with an unset variable. */
  homeEmpty: error('bad-usage', {}),
  needsNumber: note({}),
  needsWholeNumber: note({}),
  needsPositive: note({}),
  needsErrorRate: note({ least: number, most: number }),
  needsProperShare: note({}),
  needsPort: note({}),
  needsThresholdRule: note({}),
  needsTwoClasses: note({}),
  needsOneOf: note({ choices: names }),
  /** @param forms accepted spellings. */
  notUnderstood: error('bad-usage', { typed: text, forms: names }),
  ambiguous: error('bad-usage', {
    typed: text,
    kind: choice('run', 'split', 'dataset', 'set', 'record'),
    found: names,
  }),
  columnsWithoutTable: error('bad-usage', {}),
  planeUnknown: error('bad-usage', { plane: text, planes: names }),
  slicesTooFew: error('bad-usage', { slices: number }),
  tokenFileNotRead: error('disk', { file: text, reason: message }),
  tokenTooShort: error('bad-usage', { file: text }),
  pdfOfOne: error('bad-usage', { files: number }),
  reportsWithoutDicom: error('bad-usage', {}),
  /** @param place where the server wants files, in its own words. */
  mlflowNoFiles: error('download-failed', { server: text, place: text }),
  mlflowNotReached: error('download-failed', { server: text, reason: message }),
  mlflowRefused: error('download-failed', { server: text, status: number, detail }),
  mlflowOther: error('download-failed', { server: text }),
  mlflowAddress: error('bad-usage', { typed: text }),
  fileMissing: error('not-found', { file: text }),
  auditHeadNotUnderstood: error('bad-usage', { typed: text }),
  auditHeadMissing: error('not-found', { file: text }),
  recordUnknown: error('not-found', { id: text }),
  notAmongTrash: error('not-found', { typed: text }),
  foldsMakeTest: error('bad-usage', {}),
  leaveOutFolds: error('bad-usage', {}),
  patternExcludesBy: error('bad-usage', { by: text }),
  patternMissing: error('bad-usage', {}),
  groupingUnknown: error('bad-usage', { by: text }),
  networkUnknown: error('bad-usage', { typed: text, networks: names }),
  optionTooSmall: error('bad-usage', { option: text, least: number, value: number }),
  nothingToTrain: error('bad-usage', {}),
  splitOrResume: error('bad-usage', { typed: text }),
  nothingToResume: error('not-found', {}),
  auditNotWritten: error('disk', { file: text, reason: message }),
  fileNotWritten: error('disk', { file: text, reason: message }),
  foldsWithoutModel: error('bad-run', { set: text }),
  oneThingAtATime: error('bad-usage', { options: names }),
  imageUnknown: error('not-found', {
    dataset: fact(z.string()),
    name: text,
    file: text,
    count: number,
    near: names,
  }),
  noUsableBackup: error('not-found', { folder: text }),
  /** @param reason a sentence. */
  verifyNoGpu: error('tensorflow-missing', { reason: message }),
  /** Requests of programs to `falx serve --predict`. */
  servedAddress: error('not-found', {}),
  servedMethod: error('bad-usage', { method: text }),
  servedNothing: error('bad-usage', {}),
  servedNoToken: error('bad-usage', {}),
  servedHost: error('bad-usage', { host: text }),
  servedBusy: error('too-large', { waiting: number }),
} as const;
