import path from 'node:path';
import { FalxError } from '../../../contract/errors.ts';
import { backUpInUse, listBackups, newestWhole, restoreBackup } from '../../../registry/backups.ts';
import { registryLines } from '../../../registry/json-lines.ts';
import { knownFormat } from '../../../registry/migrations/migrations.ts';
import { quickCheck, unsound } from '../../../registry/soundness.ts';
import { formsOf } from '../actions.ts';
import { writeLines } from '../../../system/write-lines.ts';
import type { Context } from '../main.ts';
import { bytes, counted, table, when } from '../text.ts';
import { withRegistry } from './with-registry.ts';

export type RegistryOptions = { secrets?: true };

/** `backups` and `restore` work where the registry itself can't be opened: it is not opened for them. */
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
      ? 'There are no backups yet: one is made each day that Falx is used, and before a newer Falx brings the registry to a newer format.'
      : table(
          ['backup', 'made', 'why', 'format', 'size', ''],
          found.map(({ file, made, daily, format, bytes: size, usable }) => [
            file,
            when(made),
            daily ? 'daily' : 'before a change',
            String(format),
            bytes(size),
            usable ? '' : 'needs a newer Falx',
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
    context.output.answer({ file, sound: true }, () => `${file} is sound.`);
  });
}

async function restore({ home, output }: Context, wanted: string | undefined): Promise<void> {
  const chosen = wanted ?? newestWhole(home, knownFormat)?.file;
  if (chosen === undefined) throw new FalxError('noUsableBackup', { folder: path.join(home, 'backups') });
  const done = await restoreBackup(home, chosen, knownFormat);
  output.answer(done, () =>
    [
      `The registry is now what ${path.basename(done.restored)} holds.`,
      ...(done.kept === null
        ? []
        : done.wasDamaged
          ? [`The damaged file that was there before is kept: ${done.kept}`]
          : [`What it was before is kept: falx registry restore "${done.kept}" goes back to it.`]),
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
        `${counted(counts.rows, 'row')} of ${counted(counts.tables, 'table')} are in ${file}.`,
        ...(secrets
          ? ['The salt of the patients’ hashes is in it: keep it as safe as the patients’ names.']
          : []),
      ].join('\n'),
    );
  });
}
