import { archives } from './codes/archives.ts';
import { check } from './codes/check.ts';
import { cli } from './codes/cli.ts';
import { core } from './codes/core.ts';
import { deidentify } from './codes/deidentify.ts';
import { desktop } from './codes/desktop.ts';
import { downloads } from './codes/downloads.ts';
import { evaluate } from './codes/evaluate.ts';
import { exports } from './codes/exports.ts';
import { faults } from './codes/faults.ts';
import { files } from './codes/files.ts';
import { general } from './codes/general.ts';
import { gpu } from './codes/gpu.ts';
import { images } from './codes/images.ts';
import { imports } from './codes/imports.ts';
import { maps } from './codes/maps.ts';
import { notices } from './codes/notices.ts';
import { registry } from './codes/registry.ts';
import { report } from './codes/report.ts';
import { shortcuts } from './codes/shortcuts.ts';
import { split } from './codes/split.ts';
import { studies } from './codes/studies.ts';
import { summaries } from './codes/summaries.ts';
import { system } from './codes/system.ts';
import { tensorflow } from './codes/tensorflow.ts';
import { train } from './codes/train.ts';
import { trash } from './codes/trash.ts';
import { verify } from './codes/verify.ts';
import { warnings } from './codes/warnings.ts';
import { weights } from './codes/weights.ts';
import type { Entry, ErrorCode } from './entry.ts';
import type { Values } from './parameters.ts';

/**
 * Everything that Falx tells a user: errors, warnings, reasons, refusals. One entry per code, in `codes/`; its words in `en/` and
 * `ko/`, in the file of the same name.
 * To add a message: an entry in `codes/<area>.ts`, its English in `en/<area>.json`, its Korean in `ko/<area>.json`. A code without
 * words, a wrong code or a missing parameter doesn't compile. Words are ICU messages; besides the parameters they may use `{shell,
 * select, cli {…} other {…}}`, where the remedy on the command line differs from the window's, `{brief, select, yes {…} other
 * {…}}`, where the file's name is shown beside it already, and `{formats}`, the image formats that Falx reads. Quotation marks are
 * “ ” in English (the command line gets plain ones) and ‘ ’ in Korean. A library's own words are never part of a sentence: they are
 * a `detail`, shown after it and marked; an error of the system is worded by `system/system-reason.ts`.
 */
export const catalogue = {
  ...archives,
  ...check,
  ...cli,
  ...core,
  ...deidentify,
  ...desktop,
  ...downloads,
  ...evaluate,
  ...exports,
  ...faults,
  ...files,
  ...general,
  ...gpu,
  ...images,
  ...imports,
  ...maps,
  ...notices,
  ...registry,
  ...report,
  ...shortcuts,
  ...split,
  ...studies,
  ...summaries,
  ...system,
  ...tensorflow,
  ...train,
  ...trash,
  ...verify,
  ...warnings,
  ...weights,
} satisfies Record<string, Entry>;

type Catalogue = typeof catalogue;
export type MessageCode = keyof Catalogue;

/** Codes that an error can have. */
export type ErrorMessageCode = {
  [C in MessageCode]: Catalogue[C]['error'] extends ErrorCode ? C : never;
}[MessageCode];

export type ParametersOf<C extends MessageCode> = Values<Catalogue[C]['parameters']>;

/** A message: its code and parameters. */
export type Message<C extends MessageCode = MessageCode> = {
  [K in C]: { readonly code: K; readonly parameters: ParametersOf<K> };
}[C];

export const message = <C extends MessageCode>(code: C, parameters: ParametersOf<C>): Message<C> => ({
  code,
  parameters,
});

/** A sentence stored by an earlier version of Falx. */
export const legacy = (text: string): Message<'legacy'> => message('legacy', { text });

export const isMessageCode = (code: unknown): code is MessageCode =>
  typeof code === 'string' && Object.hasOwn(catalogue, code);

export const isErrorCode = (code: string): code is ErrorMessageCode =>
  isMessageCode(code) && catalogue[code].error !== null;

export const entryOf = (code: MessageCode): Entry => catalogue[code];
