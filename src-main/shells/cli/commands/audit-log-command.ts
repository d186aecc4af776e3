import path from 'node:path';
import type { AuditLine, AuditVerdict, AuditWitness } from '../../../contract/audit.ts';
import { FalxError } from '../../../contract/errors.ts';
import { headOf, headTyped, verifyTrailFile } from '../../../registry/audit-files.ts';
import { formsOf } from '../actions.ts';
import { writeLines } from '../../../system/write-lines.ts';
import type { Context } from '../main.ts';
import type { Speech } from '../output.ts';
import { table, when } from '../text.ts';
import { withRegistry } from './with-registry.ts';

export type AuditLogOptions = { limit?: number; head?: string; against?: string };

/** Exit code 1 if a trail is not intact. */
export async function auditLog(
  context: Context,
  action = 'show',
  file: string | undefined,
  options: AuditLogOptions,
): Promise<number | undefined> {
  if (action === 'show' && file === undefined) return show(context, options);
  if (action === 'verify') return verify(context, file, options);
  if (action === 'export') return exportTrail(context, file);
  const typed = ['falx audit-log', action, ...(file === undefined ? [] : [file])].join(' ');
  throw new FalxError('notUnderstood', {
    typed,
    forms: formsOf('audit-log'),
  });
}

async function show(context: Context, { limit = 20 }: AuditLogOptions): Promise<undefined> {
  await withRegistry(context, ({ audit }) => {
    const entries = audit.newest(limit);
    const head = audit.head();
    context.output.answer({ head, entries }, () =>
      [
        table(
          [
            '',
            ...(['when', 'what', 'facts'] as const).map((of) => context.output.say('trailHeading', { of })),
          ],
          entries.toReversed().map(row),
        ),
        '',
        context.output.say('trailNewest', { head: headText(head) }),
        context.output.say('trailKeep', {}),
      ].join('\n'),
    );
  });
}

const row = ({ entry }: AuditLine): string[] => [
  String(entry.number),
  when(entry.time),
  entry.action.replaceAll('-', ' '),
  Object.entries(entry.facts)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${shortened(value)}`)
    .join(', '),
];

const shortened = (value: unknown): string =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? `${value.slice(0, 12)}…` : String(value);

async function verify(
  context: Context,
  file: string | undefined,
  { head, against }: AuditLogOptions,
): Promise<number> {
  const given = [
    ...(head === undefined ? [] : [headTyped(head)]),
    ...(against === undefined ? [] : [headOf(against)]),
  ];
  const verdict =
    file === undefined
      ? await withRegistry(context, ({ audit }) => audit.verify(given))
      : await verifyTrailFile(file, given);
  context.output.answer({ ...verdict, of: file === undefined ? 'registry' : path.resolve(file) }, () =>
    verdictText(verdict, context.output),
  );
  return verdict.whole ? 0 : 1;
}

const faults = {
  edited: 'edited',
  missing: 'missing',
  reordered: 'reordered',
  unlinked: 'unlinked',
  'cut-off': 'cutOff',
  replaced: 'replaced',
} as const;

const results = {
  agrees: 'agrees',
  'left-behind': 'leftBehind',
  disagrees: 'disagrees',
  unreadable: 'unreadable',
} as const;

/** As stored elsewhere, and typed. */
const headText = (head: AuditVerdict['head']): string =>
  head === null ? 'none' : `${head.number}:${head.hash}`;

/** There may be thousands of certificates: those that agree are only counted. */
const isListed = ({ kind, result }: AuditWitness): boolean => kind !== 'certificate' || result !== 'agrees';

function verdictText({ whole, entries, head, fault, witnesses }: AuditVerdict, { say }: Speech): string {
  const agreeing = witnesses.filter((witness) => !isListed(witness)).length;
  return [
    ...(fault === null
      ? []
      : [say('trailFault', { number: String(fault.number), fault: faults[fault.fault] })]),
    whole ? say('trailWhole', { entries, head: headText(head) }) : say('trailNotWhole', { entries }),
    ...(agreeing > 0 ? [`  ${say('trailCertificates', { count: agreeing })}`] : []),
    ...witnesses.filter(isListed).map(({ kind, file, head: known, result }) => {
      const given = kind === 'certificate' ? kind : file === null && kind === 'given' ? 'yes' : 'no';
      const entry = known ? String(known.number) : 'none';
      return `  ${say('trailWitness', { of: file ?? kind, given, entry, result: results[result] })}`;
    }),
  ].join('\n');
}

async function exportTrail(context: Context, file: string | undefined): Promise<undefined> {
  await withRegistry(context, async ({ audit }) => {
    audit.append('records-exported', { what: 'audit-trail' });
    const head = audit.head()!;
    await writeLines(file, audit.lines());
    if (file !== undefined)
      context.output.answer({ file: path.resolve(file), head }, () =>
        context.output.say('trailExported', { count: head.number, file, head: headText(head) }),
      );
  });
}
