import { existsSync } from 'node:fs';
import { StandIn } from '../shells/electron/electron-stand-in.ts';

// Electron for a complete app: prints, as one line of JSON, what the app opened, and quits it.
const standIn = new StandIn();
export const {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  Notification,
  powerSaveBlocker,
  protocol,
  screen,
  session,
  shell,
} = standIn.electron;

async function tell(address: string): Promise<void> {
  const page = await standIn.protocol.fetch(address);
  const { preload } = standIn.windows[0]!.options.webPreferences!;
  const { icon } = standIn.windows[0]!.options;
  console.log(
    JSON.stringify({
      address,
      status: page.status,
      page: await page.text(),
      preload: { file: preload, there: existsSync(preload!) },
      icon: { file: icon, there: existsSync(icon as string) },
      home: standIn.app.paths['userData'],
    }),
  );
}

let told = false;
const watch = setInterval(() => {
  const address = standIn.windows[0]?.loaded;
  if (address && !told) {
    told = true;
    tell(address).then(
      () => process.kill(process.pid, 'SIGTERM'),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  }
  if (standIn.app.ended === null) return;
  clearInterval(watch);
  process.exit(standIn.app.ended === 'quit' ? 0 : 1);
}, 20);
