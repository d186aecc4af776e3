import path from 'node:path';
import type { AuditLine, AuditVerdict } from '../../../contract/audit.ts';
import { FalxError } from '../../../contract/errors.ts';
import { headOf, headTyped, verifyTrailFile } from '../../../registry/audit-files.ts';
import { formsOf } from '../actions.ts';
import { writeLines } from '../../../system/write-lines.ts';
import type { Context } from '../main.ts';
import { counted, table, when } from '../text.ts';
import { withRegistry } from './with-registry.ts';

export type AuditLogOptions = { limit?: number; head?: string; against?: string };

/** Exit code 1 when a trail is not whole. */
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
        table(['', 'when', 'what', 'facts'], entries.toReversed().map(row)),
        '',
        `Newest: ${head === null ? 'none' : `${head.number}:${head.hash}`}`,
        'Whoever keeps this line elsewhere can show later that nothing up to it was changed: falx audit-log verify --head NUMBER:HASH',
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
    told(verdict),
  );
  return verdict.whole ? 0 : 1;
}

const faults = {
  edited: 'was edited',
  missing: 'is missing',
  reordered: 'is not in its place',
  unlinked: 'does not follow the one before',
  'cut-off': 'and all after it are missing: a newer entry is known elsewhere',
  replaced: 'is not the one that is known elsewhere: the trail was replaced',
} as const;

const results = {
  agrees: 'agrees',
  'left-behind': 'knows a trail that a restored backup replaced',
  disagrees: 'DISAGREES',
  unreadable: 'can’t be read',
} as const;

function told({ whole, entries, head, fault, witnesses }: AuditVerdict): string {
  return [
    fault === null ? '' : `Entry ${fault.number} ${faults[fault.fault]}.`,
    whole
      ? `The audit trail is whole: ${counted(entries, 'entry', 'entries')}, to ${head === null ? 'none' : `${head.number}:${head.hash}`}.`
      : `The audit trail is NOT whole: only its first ${counted(entries, 'entry is', 'entries are')} linked as they were written.`,
    ...witnesses.map(
      ({ kind, file, head: known, result }) =>
        `  ${file ?? (kind === 'given' ? 'the head given' : kind)}${known ? `, entry ${known.number}` : ''}: ${results[result]}`,
    ),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

async function exportTrail(context: Context, file: string | undefined): Promise<undefined> {
  await withRegistry(context, async ({ audit }) => {
    audit.append('records-exported', { what: 'audit-trail' });
    const head = audit.head()!;
    await writeLines(file, audit.lines());
    if (file !== undefined)
      context.output.answer(
        { file: path.resolve(file), head },
        () => `${counted(head.number, 'entry is', 'entries are')} in ${file}, to ${head.number}:${head.hash}`,
      );
  });
}
