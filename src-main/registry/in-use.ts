import type { AuditTrail } from './audit-trail.ts';

/** Which records a list has: those in use (`false`, the default), removed ones, or both. */
export type Removed = boolean | 'any';

/** SQL for the rows of a list: runs are hidden with their split or dataset. */
export function removedFilter(table: 'datasets' | 'splits' | 'runs', removed: Removed = false): string {
  if (removed === 'any') return '1';
  if (removed) return 'removed IS NOT NULL';
  return table === 'runs' ? `removed IS NULL AND ${ofDatasetInUse}` : 'removed IS NULL';
}

/** SQL for the runs whose split and dataset are in use. */
export const ofDatasetInUse =
  'splitId NOT IN (SELECT splits.id FROM splits JOIN datasets ON datasets.id = datasetId ' +
  'WHERE datasets.removed IS NOT NULL OR splits.removed IS NOT NULL)';

/** Records in the trail that a record was moved to the trash, or restored. */
export function noteTrash(
  audit: AuditTrail,
  kind: 'dataset' | 'split' | 'run',
  before: { removed: string | null },
  after: { id: string; removed: string | null },
): void {
  if ((before.removed === null) === (after.removed === null)) return;
  audit.append(after.removed === null ? 'restored' : 'removed', { kind, id: after.id });
}
