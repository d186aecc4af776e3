import type { Run } from '../contract/records.ts';
import { backUpToday, type Backup } from '../registry/backups.ts';
import type { Registry } from '../registry/registry.ts';
import { emptyExpired, type Deleted } from './trash-handlers.ts';

/**
 * Daily maintenance: a backup of the registry, and deletion of expired trash. Quick if nothing is due.
 * @throws FalxError `disk`, `registry`; what was done until then stays done.
 */
export async function upkeep(
  registry: Registry,
  beforeRun?: (run: Run) => Promise<void>,
): Promise<{ backup: Backup | null; deleted: Deleted }> {
  // Backup first: it includes what is deleted next.
  const backup = await backUpToday(registry.file);
  return { backup, deleted: await emptyExpired(registry, beforeRun) };
}
