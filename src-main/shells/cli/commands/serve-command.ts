import { hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import { showCannotStart } from '../../browser/cannot-start.ts';
import { type BrowserShell, startBrowserShell } from '../../browser/start.ts';
import { hasDisplay } from '../../browser/system-browser.ts';
import { isService } from '../../../system/service.ts';
import type { Context, ServeOptions } from '../main.ts';
import type { Output } from '../output.ts';
import { endSignal } from '../end-signal.ts';

/** Runs until ended by Ctrl-C or SIGTERM, then 0. */
export async function serve(
  { home, homeFrom, output }: Context,
  { port, open }: ServeOptions,
): Promise<number> {
  const inBrowser = open && hasDisplay();
  const shell = await startBrowserShell({ home, homeFrom, port: port ?? 'kept', open: inBrowser }).catch(
    async (error: unknown) => {
      // A user who started it from a menu sees no terminal.
      if (inBrowser && !process.stderr.isTTY) await showCannotStart(error);
      throw error;
    },
  );
  // Before the address is printed: its reader may send a signal at once, and without a listener that would end Falx.
  const keys = listenForKeys(shell, output);
  const tunnel = tunnelTo(shell.port);
  output.answer({ address: shell.address, port: shell.port, home, tunnel }, () =>
    [
      output.say(shell.opened ? 'serveOpened' : 'serveAt', { address: shell.address }),
      output.say(isService() ? 'serveOnceService' : 'serveOnce', {}),
      output.say('serveTunnel', { command: tunnel }),
    ].join('\n'),
  );
  await keys.end;
  keys.close();
  reportOnTrainings(shell, output);
  await shell.close();
  return 0;
}

/** The same port at both ends: the server accepts no other address. */
function tunnelTo(port: number): string {
  return `ssh -C -N -L ${port}:127.0.0.1:${port} ${userInfo().username}@${hostname()}`;
}

/** No question can be asked any more, so this only reports what happens. */
function reportOnTrainings({ core }: BrowserShell, output: Output): void {
  const { active, queue } = core.training.state();
  for (const { runId, network } of active) output.note(output.say('serveBreaksOff', { run: runId, network }));
  if (queue.length > 0) output.note(output.say('serveQueued', { runs: queue.join(', ') }));
}

function listenForKeys(shell: BrowserShell, output: Output): { end: Promise<void>; close(): void } {
  const tell = () => output.note(output.say('serveAt', { address: shell.newAddress() }));
  // Enter, or a line from whatever replaces the terminal. The end of input is ignored: a service has none.
  const lines = createInterface({ input: process.stdin, terminal: false });
  lines.on('line', tell);
  // What a service is sent instead: "systemctl reload falx-server".
  process.on('SIGUSR2', tell);
  return { end: endSignal(), close: () => lines.close() };
}
