import type { AppError } from '../../app/app-error.ts';
import { t } from '../../app/messages.ts';

/** Why a split can't be made and what to do, in the current language; by default the core's own message. */
export function problemText({ code, facts, message }: AppError): string {
  const { part, className, images, test, validation, dataset, pattern, group, room, folds } = facts;
  if (code === 'bad-usage' && typeof pattern === 'string') return t('split.pattern.slow');
  if (code !== 'bad-split') return message;
  if (Array.isArray(group) && room !== undefined)
    return t('split.errorGroup', {
      count: Number(images),
      file: String(group[0]),
      room: Number(room),
    });
  if (folds !== undefined) return t('split.errorFolds');
  if (typeof part === 'string' && typeof className === 'string')
    return t('split.errorClass', { part, name: className, count: Number(images) });
  if (test !== undefined && validation !== undefined) return t('split.errorShares');
  return dataset === undefined ? message : t('split.errorGiven');
}
