import { createReadStream, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { AuditHead, type AuditVerdict } from '../contract/audit.ts';
import { FalxError } from '../contract/errors.ts';
import { linkIn, type Link } from './audit-chain.ts';
import { verifyTrail } from './audit-verify.ts';

/** Verifies an exported trail, without a registry. @param given entries known from elsewhere. @throws FalxError `not-found` */
export async function verifyTrailFile(file: string, given: readonly AuditHead[]): Promise<AuditVerdict> {
  return verifyTrail(
    await linksIn(file),
    given.map((head) => ({ kind: 'given', file: null, head })),
  );
}

async function linksIn(file: string): Promise<(Link | null)[]> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new FalxError('fileMissing', { file });
  const links: (Link | null)[] = [];
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity }))
    links.push(linkIn(line));
  return links;
}

/** @param typed number and hash, as `falx audit-log` prints them. @throws FalxError `bad-usage` */
export function headTyped(typed: string): AuditHead {
  const [number, hash] = typed.split(':');
  const head = AuditHead.safeParse({ number: Number(number), hash });
  if (head.success) return head.data;
  throw new FalxError('auditHeadNotUnderstood', { typed });
}

/** From an exported model's folder, or the file in it. @throws FalxError */
export function headOf(place: string): AuditHead {
  const file = statSync(place, { throwIfNoEntry: false })?.isDirectory()
    ? path.join(place, 'audit-head.json')
    : place;
  try {
    return AuditHead.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new FalxError('auditHeadMissing', { file }, { cause });
  }
}
