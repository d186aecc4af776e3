import { setTimeout as wait } from 'node:timers/promises';
import type { BrowserContext } from 'playwright-core';
import { randomFrom } from '../src-main/statistics/random.ts';
import { headOf, isAnswer } from './rpc-messages.ts';

/** Milliseconds that one message is held back at most. */
const most = 400;

/**
 * With FALX_TEST_SLOW_LINE=SEED: what the core tells a window of this context comes late, each message by a time drawn
 * from the seed, none before one that was sent earlier. With SEED,overtaken an answer may also come after what was sent
 * later, as one does that took long to work out. Without: nothing is held back.
 */
export async function slowLine(context: BrowserContext): Promise<void> {
  const asked = process.env['FALX_TEST_SLOW_LINE'];
  if (asked === undefined) return;
  const [seed, how] = asked.split(',');
  const random = randomFrom(Number(seed), 'slow line');
  await context.routeWebSocket(/\/rpc\b/, (line) => {
    const core = line.connectToServer();
    /** When all that has to come in order has come. */
    let before = Promise.resolve();
    core.onMessage((message) => {
      const late = wait(random() * most);
      const came = Promise.all([before, late]).then(() => line.send(message));
      if (!(how === 'overtaken' && isAnswer(headOf(message)))) before = came;
    });
    core.onClose((code, reason) => {
      void before.then(() => line.close({ ...(code && { code }), ...(reason && { reason }) }));
    });
  });
}
