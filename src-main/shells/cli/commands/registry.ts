import path from 'node:path';
import { FalxError } from '../../../contract/errors.ts';
import { listBackups, restoreBackup } from '../../../registry/backups.ts';
import { knownFormat } from '../../../registry/migrations/migrations.ts';
import type { Context } from '../main.ts';
import { bytes, table, when } from '../text.ts';

/** What works where the registry itself can't be opened: it is not opened here. */
export async function registry(
  context: Context,
  action = 'backups',
  values: readonly string[] = [],
): Promise<void> {
  const [backup] = values;
  if (action === 'backups' && backup === undefined) return backups(context);
  if (action === 'restore' && backup !== undefined && values.length === 1) return restore(context, backup);
  const typed = ['falx registry', action, ...values].join(' ');
  throw new FalxError(
    'bad-usage',
    `"${typed}" is not understood. Say "falx registry backups" or "falx registry restore FILE".`,
    { typed },
  );
}

function backups({ home, output }: Context): void {
  const found = listBackups(home).map((backup) => ({ ...backup, usable: backup.format <= knownFormat }));
  output.answer({ format: knownFormat, backups: found }, () =>
    found.length === 0
      ? 'There are no backups yet: one is made whenever a newer Falx brings the registry to a newer format.'
      : table(
          ['backup', 'made', 'format', 'size', ''],
          found.map(({ file, made, format, bytes: size, usable }) => [
            file,
            when(made),
            String(format),
            bytes(size),
            usable ? '' : 'needs a newer Falx',
          ]),
        ),
  );
}

async function restore({ home, output }: Context, wanted: string): Promise<void> {
  const done = await restoreBackup(home, wanted, knownFormat);
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
