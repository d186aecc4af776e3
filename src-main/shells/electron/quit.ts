import type { ContractRouterClient } from '@orpc/contract';
import type { api } from '../../contract/api.ts';
import type { ActiveRun } from '../../contract/views.ts';
import { nameOf } from './activity.ts';
import type { Electron, Window } from './electron.ts';
import type { Texts } from './texts.ts';

export type QuitChoice = 'stop' | 'break off' | 'stay';

/** Asks what to do with current trainings. Escape, or closing the dialog, stays. @param active at least one run */
export async function askBeforeQuitting(
  { dialog }: Pick<Electron, 'dialog'>,
  window: Window,
  texts: Texts,
  active: readonly ActiveRun[],
): Promise<QuitChoice> {
  const wishes = ['stop', 'break off', 'stay'] as const;
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    title: texts.quitTitle(active.length),
    message: texts.quitText(active.map(({ network }) => nameOf({ name: null, network }))),
    buttons: [texts.stopAndKeep, texts.breakOff, texts.stay],
    defaultId: 2,
    cancelId: 2,
    noLink: true,
  });
  return wishes[response] ?? 'stay';
}

/** Ends runs after their step, keeping their best epoch, and waits until all are done. */
export async function stopAndWait(
  client: ContractRouterClient<typeof api>,
  runIds: readonly string[],
): Promise<void> {
  const listening = new AbortController();
  const events = await client.events(undefined, { signal: listening.signal });
  try {
    // One that ended meanwhile can't be stopped.
    const asked = await Promise.allSettled(runIds.map((runId) => client.training.stop({ runId })));
    const left = new Set(runIds.filter((_, i) => asked[i]?.status === 'fulfilled'));
    if (left.size > 0)
      for await (const event of events)
        if (event.kind === 'training' && !event.training.active.some(({ runId }) => left.has(runId))) break;
    const refused = asked.find((one) => one.status === 'rejected');
    if (refused) throw refused.reason;
  } finally {
    listening.abort();
  }
}
