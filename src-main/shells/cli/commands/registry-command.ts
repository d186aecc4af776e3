import path from 'node:path';
import { FalxError } from '../../../contract/errors.ts';
import { backUpInUse, listBackups, newestWhole, restoreBackup } from '../../../registry/backups.ts';
import { registryLines } from '../../../registry/json-lines.ts';
import { knownFormat } from '../../../registry/migrations/migrations.ts';
import { quickCheck, unsound } from '../../../registry/soundness.ts';
import { formsOf } from '../actions.ts';
import { writeLines } from '../../../system/write-lines.ts';
import type { Context } from '../main.ts';
import { bytes, table, when } from '../text.ts';
import { withRegistry } from './with-registry.ts';

export type RegistryOptions = { secrets?: true };

/** `backups` and `restore` work even if the registry itself can't be opened: they don't open it. */
export async function registry(
  context: Context,
  action = 'backups',
  values: readonly string[] = [],
  options: RegistryOptions = {},
): Promise<void> {
  const [value] = values;
  if (values.length <= 1) {
    if (action === 'restore') return restore(context, value);
    if (action === 'export') return exportLines(context, value, options);
  }
  if (values.length === 0) {
    if (action === 'backups') return backups(context);
    if (action === 'backup') return backup(context);
    if (action === 'check') return check(context);
  }
  const typed = ['falx registry', action, ...values].join(' ');
  throw new FalxError('notUnderstood', { typed, forms: formsOf('registry') });
}

function backups({ home, output }: Context): void {
  const found = listBackups(home).map((one) => ({ ...one, usable: one.format <= knownFormat }));
  output.answer({ format: knownFormat, backups: found }, () =>
    found.length === 0
      ? output.say('backupsNone', {})
      : table(
          [
            ...(['backup', 'made', 'why', 'format', 'size'] as const).map((of) =>
              output.say('backupHeading', { of }),
            ),
            '',
          ],
          found.map(({ file, made, daily, format, bytes: size, usable }) => [
            file,
            when(made),
            output.say('backupWhy', { daily: daily ? 'yes' : 'no' }),
            String(format),
            bytes(size),
            usable ? '' : output.say('backupNeedsNewer', {}),
          ]),
        ),
  );
}

async function backup(context: Context): Promise<void> {
  await withRegistry(context, async ({ file }) => {
    const made = await backUpInUse(file);
    context.output.answer(made, () => made.file);
  });
}

/** Reads all of it, however large. */
async function check(context: Context): Promise<void> {
  await withRegistry(context, ({ file }) => {
    const said = quickCheck(file);
    if (said !== null) throw unsound(file, said);
    context.output.answer({ file, sound: true }, () => context.output.say('registrySound', { file }));
  });
}

async function restore({ home, output }: Context, wanted: string | undefined): Promise<void> {
  const chosen = wanted ?? newestWhole(home, knownFormat)?.file;
  if (chosen === undefined) throw new FalxError('noUsableBackup', { folder: path.join(home, 'backups') });
  const done = await restoreBackup(home, chosen, knownFormat);
  output.answer(done, () =>
    [
      output.say('registryRestored', { backup: path.basename(done.restored) }),
      ...(done.kept === null
        ? []
        : done.wasDamaged
          ? [output.say('registryKeptDamaged', { file: done.kept })]
          : [output.say('registryKept', { file: done.kept })]),
    ].join('\n'),
  );
}

async function exportLines(
  context: Context,
  file: string | undefined,
  options: RegistryOptions,
): Promise<void> {
  const secrets = options.secrets === true;
  await withRegistry(context, async (opened) => {
    opened.audit.append('records-exported', { what: 'registry', secrets });
    const counts = await writeLines(file, registryLines(opened.file, { secrets }));
    if (file === undefined) return; // the lines are the answer
    context.output.answer({ file: path.resolve(file), ...counts, secrets }, () =>
      [
        context.output.say('registryExported', { rows: counts.rows, tables: counts.tables, file }),
        ...(secrets ? [context.output.say('registrySecrets', {})] : []),
      ].join('\n'),
    );
  });
}
