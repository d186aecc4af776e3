import { startBrowserShell } from '../../../../src-main/shells/browser/start.ts';
import { smallPage } from '../served.ts';

/* The real browser shell in a process of its own; its parent asks for addresses and for what it takes of memory. */

const [home, page] = process.argv.slice(2) as [string, string];
const shell = await startBrowserShell({ home, page: smallPage(page) });
process.send!({ port: shell.port });
process.on('message', (ask: 'address' | 'memory' | 'close') => {
  if (ask === 'address') process.send!({ address: shell.newAddress() });
  else if (ask === 'memory') {
    global.gc!();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send!({ rss, heapUsed, external, polluted: 'polluted' in {} });
  } else void shell.close().then(() => process.exit(0));
});
