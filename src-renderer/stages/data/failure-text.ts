import type { Quarantined } from '../../../src-main/contract/records.ts';
import { errorDetail } from '../../app/error-text.ts';
import type { AppError } from '../../app/app-error.ts';
import { formatList, t } from '../../app/messages.ts';
import { lastName } from '../../app/paths.ts';

/** What is wrong with a folder and what to do, in the language in use; the core's own sentence where there is no other. */
export function failureText(error: AppError): string {
  const { code, facts } = error;
  if (facts['why'] !== undefined) return errorDetail(error);
  const { message } = error;
  const folder = lastName(textOf(facts['folder']));
  if (code === 'not-found' && folder) return t('data.errorNotFound', { folder: textOf(facts['folder']) });
  if (code !== 'bad-dataset' || !folder) return message;
  const [classes, folders, quarantined] = [facts['classes'], facts['folders'], facts['quarantined']];
  if (Array.isArray(folders)) return t('data.errorMixed', { folder, folders: listOf(folders) });
  if (Array.isArray(quarantined) && quarantined.length > 0) {
    const { file, reason, facts } = quarantined[0] as Quarantined;
    const why = errorDetail({ message: reason, facts: facts ?? null }, { brief: true });
    return t('data.errorUnreadable', { folder, file, reason: why, formats: formatList() });
  }
  if (!Array.isArray(classes)) return message;
  if (classes.length === 0) return t('data.errorNoFiles', { folder, files: Number(facts['files'] ?? 0) });
  if (classes.length === 1) return t('data.errorOneClass', { folder, classes: listOf(classes) });
  return t('data.errorManyClasses', { folder, classes: listOf(classes), count: classes.length });
}

/** Enough of the names to know which are meant. */
const listOf = (names: unknown[]): string =>
  names
    .slice(0, 8)
    .map((name) => `“${textOf(name)}”`)
    .join(', ') + (names.length > 8 ? ', …' : '');

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
