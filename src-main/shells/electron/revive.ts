import type { Electron, Window } from './electron.ts';
import type { Texts } from './texts.ts';

export type ReviveOptions = {
  window: Window;
  texts: () => Texts;
  log: (what: object, message: string) => void;
  /** Falx is to be closed. */
  quit: () => void;
  /** Milliseconds of a clock that is never set. */
  now?: () => number;
};

/** Reloads without a question, within so many milliseconds. One more, and the page would only go again. */
const RELOADS = 3;
const WITHIN = 5 * 60_000;

/**
 * Keeps the window going when what draws it ends or hangs: the page is loaded again, while trainings, which are no
 * business of the page's process, go on.
 * @returns whether the page's process has gone, so that a load of the page which failed has been made good.
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
  /** @returns whether the second answer was given; not when the question was withdrawn */
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
    // It was asked to go: the window is being closed.
    if (details.reason === 'clean-exit' || window.isDestroyed()) return;
    gone = true;
    // Whoever was asked whether to wait for it need not answer any more.
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
      // A page that hangs can't be reloaded; once its process is gone it is, as above.
      if (gives && !window.isDestroyed()) webContents.forcefullyCrashRenderer();
    }, failed);
  });
  window.on('responsive', () => asking?.abort());
  // Chromium starts these anew by itself, and does without a GPU after a few times.
  app.on('child-process-gone', (_event, details) => {
    if (details.reason !== 'clean-exit') log({ details }, 'a process of the window’s is gone');
  });
  return () => gone;
}
