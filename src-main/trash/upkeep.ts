import type { Run } from '../contract/records.ts';
import { backUpToday, type Backup } from '../registry/backups.ts';
import type { Registry } from '../registry/registry.ts';
import { emptyExpired, type Deleted } from './trash-handlers.ts';

/**
 * What is due each day: a backup of the registry, and what has been in the trash for too long goes. Quick when nothing is due.
 * @throws FalxError `disk`, `registry`; what was done until then stays done.
 */
export async function upkeep(
  registry: Registry,
  beforeRun?: (run: Run) => Promise<void>,
): Promise<{ backup: Backup | null; deleted: Deleted }> {
  // The backup first: what goes is in it.
  const backup = await backUpToday(registry.file);
  return { backup, deleted: await emptyExpired(registry, beforeRun) };
}
