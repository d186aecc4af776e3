import { z } from 'zod';

/** What the audit trail records. Names never change, since old entries use them. */
export const auditActions = [
  /** The first entry: what existed before the trail began. */
  'trail-began',
  'dataset-imported',
  'dataset-renamed',
  'positive-class-set',
  'decision-made',
  'decision-undone',
  'decision-redone',
  'decisions-copied',
  'split-made',
  'run-queued',
  'run-begun',
  'run-ended',
  'run-evaluated',
  'run-validated',
  'robustness-measured',
  'predicted',
  /** Answers were deleted from the history; the trail still records that they were given. */
  'history-deleted',
  'model-exported',
  'records-exported',
  /** Moved to the trash, restored, deleted for good. */
  'removed',
  'restored',
  'deleted',
  'registry-restored',
] as const;
export const AuditAction = z.enum(auditActions);
export type AuditAction = z.infer<typeof AuditAction>;

/** Ids, hashes, counts and codes: no path, no name of a file or person. */
export const AuditFacts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
export type AuditFacts = z.infer<typeof AuditFacts>;

const Hash = z.string().regex(/^[0-9a-f]{64}$/);

/** What is hashed, as canonical JSON. */
export const AuditEntry = z.object({
  /** From 1, without gaps. */
  number: z.int().min(1),
  /** By this machine's clock, which anybody can set. */
  time: z.iso.datetime(),
  action: z.string(),
  facts: AuditFacts,
  /** The version that wrote it. */
  falx: z.string(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** An entry with its hash chain. */
export const AuditLine = z.object({
  /** Hash of the entry before; 64 zeros before the first. */
  previous: Hash,
  /** SHA-256, in hex, over the text of `previous` followed by the entry's canonical JSON. */
  hash: Hash,
  entry: AuditEntry,
});
export type AuditLine = z.infer<typeof AuditLine>;

/** The newest entry at some time: with it one can tell whether anything up to it was changed since. */
export const AuditHead = z.object({ number: z.int().min(1), hash: Hash });
export type AuditHead = z.infer<typeof AuditHead>;

/** What is wrong with a trail, at its first fault. */
export const auditFaults = [
  /** An entry's content does not match its hash. */
  'edited',
  /** An entry between two others was removed or inserted. */
  'missing',
  /** Entries are not in the order in which they were written. */
  'reordered',
  /** It does not follow the entry before it. */
  'unlinked',
  /** Entries at the end are missing: a newer one is known from outside the trail. */
  'cut-off',
  /** It is consistent in itself, but not the trail known from outside. */
  'replaced',
] as const;
export const AuditFault = z.enum(auditFaults);
export type AuditFault = z.infer<typeof AuditFault>;

/** Where a head was found: beside the registry, in a backup of it, in a split's certificate, or given by the caller. */
export const AuditWitness = z.object({
  kind: z.enum(['beside', 'backup', 'certificate', 'given']),
  /** The file's name, for a certificate the split's id, or null. */
  file: z.string().nullable(),
  /** Null if it can't be read. */
  head: AuditHead.nullable(),
  /** `left-behind`: a restored backup replaced the trail that it came from. */
  result: z.enum(['agrees', 'left-behind', 'disagrees', 'unreadable']),
});
export type AuditWitness = z.infer<typeof AuditWitness>;

export const AuditVerdict = z.object({
  whole: z.boolean(),
  entries: z.int(),
  head: AuditHead.nullable(),
  fault: z.object({ number: z.int(), fault: AuditFault }).nullable(),
  witnesses: z.array(AuditWitness),
});
export type AuditVerdict = z.infer<typeof AuditVerdict>;
