import type { Electron, Window } from './electron.ts';
import type { Texts } from './texts.ts';

export type ReviveOptions = {
  window: Window;
  texts: () => Texts;
  log: (what: object, message: string) => void;
  /** Closes Falx. */
  quit: () => void;
  /** Milliseconds of a monotonic clock. */
  now?: () => number;
};

/** Reloads without asking, within this many milliseconds. After that, the page would probably only crash again. */
const RELOADS = 3;
const WITHIN = 5 * 60_000;

/**
 * Keeps the window alive if its renderer process crashes or hangs: the page is reloaded, while trainings, which run elsewhere,
 * continue.
 * @returns whether the renderer has crashed, so that a failed load of the page was repeated.
 */
export function revive(
  { app, dialog }: Pick<Electron, 'app' | 'dialog'>,
  { window, texts, log, quit, now = () => performance.now() }: ReviveOptions,
): () => boolean {
  const { webContents } = window;
  let gone = false;
  let reloaded: number[] = [];
  let asking: AbortController | null = null;

  const reload = () => {
    if (!window.isDestroyed()) webContents.reload();
  };
  /** @returns whether the second answer was given; false if the question was withdrawn */
  const ask = async (message: string, detail: string, [first, second]: readonly [string, string]) => {
    if (asking || window.isDestroyed()) return null;
    const withdrawal = (asking = new AbortController());
    try {
      const { response } = await dialog.showMessageBox(window, {
        type: 'warning',
        title: 'Falx',
        message,
        detail,
        buttons: [first, second],
        defaultId: 0,
        cancelId: 0,
        noLink: true,
        signal: withdrawal.signal,
      });
      return withdrawal.signal.aborted ? null : response === 1;
    } finally {
      asking = null;
    }
  };
  const failed = (error: unknown) => log({ err: error }, 'the window could not be revived');

  webContents.on('render-process-gone', (_event, details) => {
    log({ details }, 'the process that draws the window is gone');
    // It was closed on purpose: the window is being closed.
    if (details.reason === 'clean-exit' || window.isDestroyed()) return;
    gone = true;
    // A pending question whether to wait for it is withdrawn.
    asking?.abort();
    const time = now();
    reloaded = [...reloaded.filter((before) => time - before < WITHIN), time];
    if (reloaded.length <= RELOADS) return reload();
    const { pageGone, pageGoneRemedy, reload: again, quit: end } = texts();
    ask(pageGone, pageGoneRemedy(details.reason), [again, end]).then((ends) => {
      if (ends === null) return;
      reloaded = [];
      if (ends) quit();
      else reload();
    }, failed);
  });
  window.on('unresponsive', () => {
    log({}, 'the window does not respond');
    const { pageHangs, pageHangsRemedy, wait, reload: again } = texts();
    ask(pageHangs, pageHangsRemedy, [wait, again]).then((gives) => {
      // A page that hangs can't be reloaded; once its process is killed it is, as above.
      if (gives && !window.isDestroyed()) webContents.forcefullyCrashRenderer();
    }, failed);
  });
  window.on('responsive', () => asking?.abort());
  // Chromium restarts these by itself, and works without a GPU after a few times.
  app.on('child-process-gone', (_event, details) => {
    if (details.reason !== 'clean-exit') log({ details }, 'a process of the window’s is gone');
  });
  return () => gone;
}
