import { message } from '../contract/messages/catalogue.ts';
import type { StoredMessage } from '../contract/messages/say.ts';
import type { Layout } from './folder-layout.ts';
import type { Tally } from './tally.ts';

/** Codes of warnings that depend on the pictures and the unreadable files. */
const ofPictures = new Set([
  'warnEmptyClass',
  'warnBoth',
  'warnBurnedIn',
  'warnPerhapsBurnedIn',
  'warnNamed',
]);

/** The warnings of an import. @param quarantined number of unreadable files. */
export function warningsOf(
  layout: Pick<Layout, 'warnings'>,
  tally: Tally,
  quarantined: number,
): StoredMessage[] {
  const { contradictions: count, example, burnedIn, perhapsBurnedIn, named } = tally;
  return [
    ...layout.warnings,
    ...Object.entries(tally.classes)
      .filter(([, pictures]) => pictures === 0)
      .map(([name]) => message('warnEmptyClass', { name, count: quarantined })),
    // The same picture under both labels: one of them must be wrong.
    ...(example ? [message('warnBoth', { count, first: example[0], second: example[1] })] : []),
    // Names and dates may be burned into the pixels, and side markers may tell the classes apart.
    ...(burnedIn.count > 0
      ? [message('warnBurnedIn', { count: burnedIn.count, first: burnedIn.first })]
      : []),
    ...(perhapsBurnedIn.count > 0
      ? [message('warnPerhapsBurnedIn', { count: perhapsBurnedIn.count, first: perhapsBurnedIn.first })]
      : []),
    // No example: it would reveal the name.
    ...(named > 0 ? [message('warnNamed', { count: named })] : []),
  ];
}

/** Those that do not depend on how files are read: on the folder's layout and its table of labels. */
export const ofLayout = (warnings: readonly StoredMessage[]): StoredMessage[] =>
  warnings.filter(({ code }) => !ofPictures.has(code));
