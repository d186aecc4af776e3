import { existsSync } from 'node:fs';
import path from 'node:path';
import type { AuditEntry, AuditHead, AuditVerdict, AuditWitness } from '../contract/audit.ts';
import { ChainReader, type Fault, type Link } from './audit-chain.ts';
import { keptHead } from './audit-head.ts';
import { listBackups } from './backups.ts';
import { headIn } from './restoring.ts';

/** A head kept elsewhere; null if its file can't be read. */
export type OutsideHead = Pick<AuditWitness, 'kind' | 'file'> & { head: AuditHead | null };

/**
 * Verifies a trail: every hash, every link, and whether it agrees with what is known from elsewhere.
 * @param links oldest first; null for a line that is invalid.
 */
export function verifyTrail(
  links: Iterable<Link | null>,
  outside: readonly OutsideHead[] = [],
): AuditVerdict {
  const reader = new ChainReader();
  const wanted = new Set(outside.flatMap(({ head }) => head?.number ?? []));
  const hashes = new Map<number, string>();
  const restores: Restore[] = [];
  let head: AuditHead | null = null;
  for (const link of links) {
    const before = reader.count;
    reader.read(link);
    if (!link || reader.count === before) continue;
    head = { number: reader.count, hash: link.hash };
    if (wanted.has(head.number)) hashes.set(head.number, head.hash);
    note(JSON.parse(link.text) as AuditEntry, restores);
  }
  const witnesses = outside.map((one): AuditWitness => ({
    ...one,
    result: compare(one.head, hashes, restores),
  }));
  const fault = reader.fault ?? unexplainedRestart(restores) ?? faultOf(witnesses, head);
  return { whole: fault === null, entries: reader.count, head, fault, witnesses };
}

/** A point where the trail continues from an older state: a restored backup, or a lost registry. */
type Restore = { number: number; hash: string; told: boolean };

function note({ action, facts }: AuditEntry, restores: Restore[]): void {
  const of = (name: string) => ({ number: facts[`${name}Number`], hash: facts[`${name}Hash`] });
  const earlier = of('earlier');
  if (action === 'trail-began' && typeof earlier.number === 'number' && earlier.number > 0)
    restores.push({ number: earlier.number, hash: String(earlier.hash), told: false });
  const replaced = of('replaced');
  if (action !== 'registry-restored' || typeof replaced.number !== 'number') return;
  for (const restore of restores) if (restore.hash === replaced.hash) restore.told = true;
  restores.push({ number: replaced.number, hash: String(replaced.hash), told: true });
}

/** A trail that began again beside the head of another, although no backup was restored. */
function unexplainedRestart(restores: readonly Restore[]): Fault | null {
  return restores.some(({ told }) => !told) ? { number: 1, fault: 'replaced' } : null;
}

function compare(
  head: AuditHead | null,
  hashes: ReadonlyMap<number, string>,
  restores: readonly Restore[],
): AuditWitness['result'] {
  if (head === null) return 'unreadable';
  if (hashes.get(head.number) === head.hash) return 'agrees';
  // A branch may be shorter than the trail that replaced it, so its numbers alone don't show where it diverged.
  const left = restores.some(
    ({ number, hash }) => head.number < number || (head.number === number && head.hash === hash),
  );
  return left ? 'left-behind' : 'disagrees';
}

function faultOf(witnesses: readonly AuditWitness[], last: AuditHead | null): Fault | null {
  for (const { head, result } of witnesses) {
    if (result !== 'disagrees' || head === null) continue;
    const end = last?.number ?? 0;
    return head.number > end
      ? { number: end + 1, fault: 'cut-off' }
      : { number: head.number, fault: 'replaced' };
  }
  return null;
}

/** The heads that a home keeps outside its registry: beside it, and in each backup. */
export function headsIn(home: string): OutsideHead[] {
  const beside = keptHead(home);
  return [
    ...(beside === null
      ? []
      : [
          {
            kind: 'beside' as const,
            file: 'audit-head.json',
            head: beside === 'unreadable' ? null : beside,
          },
        ]),
    ...listBackups(home).flatMap(({ file }): OutsideHead[] => {
      const head = headInBackup(file);
      return head === null
        ? []
        : [{ kind: 'backup', file: path.basename(file), head: head === 'unreadable' ? null : head }];
    }),
  ];
}

/** Null for a backup made before there was a trail. */
function headInBackup(file: string): AuditHead | 'unreadable' | null {
  if (!existsSync(file)) return null; // replaced by a newer one meanwhile
  try {
    return headIn(file);
  } catch {
    return 'unreadable';
  }
}
