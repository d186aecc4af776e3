import { error } from '../entry.ts';
import { text } from '../parameters.ts';

/** What is exported and saved, and folders that are audited without being imported. */
export const exports = {
  exportThere: error('disk', { file: text }),
  exportNeedsFolder: error('bad-usage', { format: text }),
  downloadGone: error('not-found', { name: text }),
  auditUnderWay: error('bad-usage', { folder: text }),
  auditGone: error('not-found', {}),
  auditCancelled: error('cancelled', {}),
} as const;
