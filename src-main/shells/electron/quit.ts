import type { ContractRouterClient } from '@orpc/contract';
import type { api } from '../../contract/api.ts';
import type { ActiveRun } from '../../contract/views.ts';
import { nameOf } from './activity.ts';
import type { Electron, Window } from './electron.ts';
import type { Texts } from './texts.ts';

export type Wish = 'stop' | 'break off' | 'stay';

/** Asks what should become of the training. Escape, or closing the question, stays. */
export async function askBeforeQuitting(
  { dialog }: Pick<Electron, 'dialog'>,
  window: Window,
  texts: Texts,
  active: ActiveRun,
): Promise<Wish> {
  const wishes = ['stop', 'break off', 'stay'] as const;
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    title: texts.quitTitle,
    message: texts.quitText(nameOf({ name: null, network: active.network })),
    buttons: [texts.stopAndKeep, texts.breakOff, texts.stay],
    defaultId: 2,
    cancelId: 2,
    noLink: true,
  });
  return wishes[response] ?? 'stay';
}

/** Ends a run after its step, with its best epoch kept, and waits until that is done. */
export async function stopAndWait(client: ContractRouterClient<typeof api>, runId: string): Promise<void> {
  const listening = new AbortController();
  const events = await client.events(undefined, { signal: listening.signal });
  try {
    await client.training.stop({ runId });
    for await (const event of events)
      if (event.kind === 'training' && event.training.active?.runId !== runId) return;
  } finally {
    listening.abort();
  }
}
