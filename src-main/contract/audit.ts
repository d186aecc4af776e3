import { z } from 'zod';

/** What the audit trail records. A name is kept for good: entries of earlier years are read by it. */
export const auditActions = [
  /** The first entry: what was there before the trail began. */
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
  /** Answers were taken out of the history; that they were given stays in the trail. */
  'history-deleted',
  'model-exported',
  'records-exported',
  /** Moved to the trash, taken out of it, gone for good. */
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

/** An entry with its links. */
export const AuditLine = z.object({
  /** Hash of the entry before; 64 zeros before the first. */
  previous: Hash,
  /** SHA-256, in hex, over the text of `previous` followed by the entry's canonical JSON. */
  hash: Hash,
  entry: AuditEntry,
});
export type AuditLine = z.infer<typeof AuditLine>;

/** The newest entry at some time: who knows it can tell whether anything up to it was changed since. */
export const AuditHead = z.object({ number: z.int().min(1), hash: Hash });
export type AuditHead = z.infer<typeof AuditHead>;

/** What is wrong with a trail, at its first fault. */
export const auditFaults = [
  /** An entry is not what was hashed. */
  'edited',
  /** An entry between two others is gone, or one was put in. */
  'missing',
  /** Entries are not in the order in which they were written. */
  'reordered',
  /** It is not the entry that follows the one before. */
  'unlinked',
  /** Entries after the last one are gone: something known outside of the trail is newer. */
  'cut-off',
  /** It is whole in itself, but not the trail that is known outside of it. */
  'replaced',
] as const;
export const AuditFault = z.enum(auditFaults);
export type AuditFault = z.infer<typeof AuditFault>;

/** Where a head was kept: beside the registry, in a backup of it, in a split's certificate, or told by whoever asks. */
export const AuditWitness = z.object({
  kind: z.enum(['beside', 'backup', 'certificate', 'given']),
  /** Name of the file, of a certificate the split's id, or null. */
  file: z.string().nullable(),
  /** Null where it can't be read. */
  head: AuditHead.nullable(),
  /** `left-behind`: a restored backup took the place of the trail that it knew. */
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
