import { FalxError } from '../../../contract/errors.ts';
import { TRASH_DAYS, type TrashItem } from '../../../contract/trash.ts';
import type { Registry } from '../../../registry/registry.ts';
import { releaseAbandonedRuns } from '../../../train/abandoned.ts';
import { emptyTrash, putInTrash, takeFromTrash, trash as trashOf } from '../../../trash/trash-handlers.ts';
import { formsOf } from '../actions.ts';
import type { Context } from '../main.ts';
import { resolveDataset, resolveRun, resolveSplit } from '../resolve.ts';
import type { Speech } from '../output.ts';
import { bytes, table, when } from '../text.ts';
import { withRecords } from './with-registry.ts';

/** Moves datasets, splits and runs to the trash: all named ones or, if one can't be, those before it. */
export async function remove(context: Context, typed: readonly string[]): Promise<void> {
  await withRecords(context, (registry) => {
    releaseAbandonedRuns(registry);
    const ids = typed.map((text) => idOf(registry, text));
    for (const id of ids) putInTrash(registry, id);
    context.output.answer({ removed: ids, days: TRASH_DAYS }, () =>
      context.output.say('trashPut', {
        count: ids.length,
        days: String(TRASH_DAYS),
        ids: ids.join(' '),
      }),
    );
  });
}

export async function trash(context: Context, action = 'list', typed: readonly string[] = []): Promise<void> {
  if (action === 'list' && typed.length === 0) return list(context);
  if (action === 'restore' && typed.length > 0) return restore(context, typed);
  if (action === 'empty') return empty(context, typed);
  const said = ['falx trash', action, ...typed].join(' ');
  throw new FalxError('notUnderstood', {
    typed: said,
    forms: formsOf('trash'),
  });
}

async function list(context: Context): Promise<void> {
  await withRecords(context, async (registry) => {
    const items = await trashOf(registry);
    context.output.answer({ days: TRASH_DAYS, items }, () =>
      items.length === 0 ? context.output.say('trashEmpty', {}) : text(items, context.output),
    );
  });
}

function text(items: readonly TrashItem[], { say }: Speech): string {
  return [
    table(
      (['id', 'what', 'name', 'removed', 'goes', 'size', 'with'] as const).map((of) =>
        say('trashHeading', { of }),
      ),
      items.map(({ kind, id, name, removed, expires, bytes: size, splits, runs }) => [
        id,
        say('trashKind', { kind }),
        name === id ? '' : name,
        when(removed),
        when(expires).slice(0, 10),
        bytes(size),
        [
          ...(splits > 0 ? [say('trashSplits', { count: splits })] : []),
          ...(runs > 0 ? [say('trashRuns', { count: runs })] : []),
        ].join(', '),
      ]),
    ),
    '',
    say('trashHelp', {}),
  ].join('\n');
}

async function restore(context: Context, typed: readonly string[]): Promise<void> {
  await withRecords(context, async (registry) => {
    const ids = await idsInTrash(registry, typed);
    for (const id of ids) takeFromTrash(registry, id);
    context.output.answer({ restored: ids }, () => context.output.say('trashBack', { count: ids.length }));
  });
}

async function empty(context: Context, typed: readonly string[]): Promise<void> {
  await withRecords(context, async (registry) => {
    const ids = typed.length === 0 ? undefined : await idsInTrash(registry, typed);
    const deleted = await emptyTrash(registry, { ids });
    context.output.answer(deleted, () =>
      context.output.say('trashDeleted', { count: deleted.ids.length, size: bytes(deleted.bytes) }),
    );
  });
}

function idOf(registry: Registry, typed: string): string {
  for (const resolve of [resolveRun, resolveSplit, resolveDataset])
    try {
      return resolve(registry, typed).id;
    } catch (error) {
      if (!(error instanceof FalxError && error.code === 'not-found')) throw error;
    }
  throw new FalxError('recordUnknown', { id: typed });
}

/** By whole id, its beginning, or a name. */
async function idsInTrash(registry: Registry, typed: readonly string[]): Promise<string[]> {
  const items = await trashOf(registry);
  return typed.map((text) => {
    const found = items.filter(
      ({ id, name }) =>
        id === text || name === text || id.startsWith(text) || id.slice(id.indexOf('-') + 1).startsWith(text),
    );
    const whole = found.find(({ id }) => id === text) ?? found.find(({ name }) => name === text);
    if (whole) return whole.id;
    if (found.length === 1) return found[0]!.id;
    if (found.length === 0) throw new FalxError('notAmongTrash', { typed: text });
    throw new FalxError('ambiguous', { typed: text, kind: 'record', found: found.map(({ id }) => id) });
  });
}
