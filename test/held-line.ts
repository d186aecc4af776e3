import type { BrowserContext, WebSocketRoute } from 'playwright-core';
import { expect } from 'vitest';
import { headOf, isAnswer } from './rpc-messages.ts';

/** A line on which answers of the core are held back until a test lets them go. */
export type HeldLine = {
  /** Holds back the answers to a call, such as `check/decide`, from now on. */
  hold(call: string): void;
  /** Waits until an answer to it is there, and lets all go that are, and those to come. */
  release(call: string): Promise<void>;
  /** How many answers to a call the window has had. */
  had(call: string): number;
};

/** For the windows of a context that are loaded from now on. */
export async function heldLine(context: BrowserContext): Promise<HeldLine> {
  const held = new Map<string, (() => void)[]>();
  const had = new Map<string, number>();
  await context.routeWebSocket(/\/rpc\b/, (line: WebSocketRoute) => {
    const core = line.connectToServer();
    const calls = new Map<string, string>();
    line.onMessage((message) => {
      const { i, p } = headOf(message);
      if (p?.u !== undefined) calls.set(i, p.u.replace(/^\//, ''));
      core.send(message);
    });
    core.onMessage((message) => {
      const head = headOf(message);
      const call = isAnswer(head) ? calls.get(head.i) : undefined;
      const send = (): void => {
        line.send(message);
        if (call !== undefined) had.set(call, (had.get(call) ?? 0) + 1);
      };
      const waiting = call === undefined ? undefined : held.get(call);
      if (waiting) waiting.push(send);
      else send();
    });
  });
  return {
    hold: (call) => void held.set(call, []),
    release: async (call) => {
      await expect.poll(() => held.get(call)?.length).toBeGreaterThan(0);
      const waiting = held.get(call) ?? [];
      held.delete(call);
      for (const send of waiting) send();
    },
    had: (call) => had.get(call) ?? 0,
  };
}
