import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { revive } from '../../../src-main/shells/electron/revive.ts';
import { textsIn } from '../../../src-main/shells/electron/texts.ts';
import { StandIn } from './electron-stand-in.ts';
import { Started } from './started.ts';
import { eventually } from '../../eventually.ts';

describe('a window whose page’s process', () => {
  let standIn: StandIn;
  let time: number;
  const quit = vi.fn();
  const log = vi.fn();
  beforeEach(async () => {
    vi.clearAllMocks();
    standIn = new StandIn();
    await standIn.electron.app.whenReady();
    time = 0;
    const window = new standIn.electron.BrowserWindow();
    revive(standIn.electron, { window, texts: () => textsIn('en', []), log, quit, now: () => time });
  });
  const contents = () => standIn.window.contents;

  it('goes is loaded again, three times in five minutes', async () => {
    for (let count = 1; count <= 3; count++) {
      contents().goes('crashed', 139);
      expect(contents().reloads).toBe(count);
    }
    expect(standIn.dialog.asked).toEqual([]);
    expect(log).toHaveBeenCalledWith({ details: { reason: 'crashed', exitCode: 139 } }, expect.any(String));
    // Later ones start counting from zero.
    time += 5 * 60_000;
    contents().goes('oom');
    expect(contents().reloads).toBe(4);
  });

  it('keeps going asks: load it again, or quit', async () => {
    standIn.dialog.answers.push({ response: 0 }, { response: 1 });
    for (let count = 0; count < 4; count++) contents().goes('oom');
    await eventually(() => expect(contents().reloads).toBe(4));
    const [asked] = standIn.dialog.asked;
    expect(asked?.options).toMatchObject({ buttons: ['Reload', 'Quit Falx'], cancelId: 0 });
    expect(asked?.options.detail).toMatch(/\(oom\)\. Training continues\. .*graphics driver/);
    expect(quit).not.toHaveBeenCalled();
    for (let count = 0; count < 4; count++) contents().goes('oom');
    await eventually(() => expect(quit).toHaveBeenCalled());
    expect(contents().reloads).toBe(7);
  });

  it('ends as it should is let go', () => {
    contents().goes('clean-exit', 0);
    expect(contents().reloads).toBe(0);
  });

  it('hangs is ended and loaded again if the person says so', async () => {
    standIn.dialog.answers.push({ response: 0 }, { response: 1 });
    standIn.window.tell('unresponsive');
    await eventually(() => expect(standIn.dialog.asked).toHaveLength(1));
    expect(standIn.dialog.asked[0]?.options).toMatchObject({ buttons: ['Wait', 'Reload'] });
    await new Promise((resolve) => setImmediate(resolve));
    expect(contents().reloads).toBe(0);
    standIn.window.tell('unresponsive');
    await eventually(() => expect(contents().reloads).toBe(1));
  });

  it('hangs and recovers withdraws the question', async () => {
    standIn.dialog.answers.push('later');
    standIn.window.tell('unresponsive');
    const { signal } = standIn.dialog.asked[0]!.options;
    expect(signal?.aborted).toBe(false);
    // One question at a time.
    standIn.window.tell('unresponsive');
    expect(standIn.dialog.asked).toHaveLength(1);
    standIn.window.tell('responsive');
    expect(signal?.aborted).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(contents().reloads).toBe(0);
  });

  it('is the GPU’s, which comes back by itself, is logged', () => {
    const details = { type: 'GPU', reason: 'crashed', exitCode: 139 } as const;
    standIn.app.tell(
      'child-process-gone',
      { preventDefault: () => undefined, defaultPrevented: false },
      details,
    );
    expect(log).toHaveBeenCalledWith({ details }, expect.any(String));
    expect(contents().reloads).toBe(0);
  });
});

describe('the desktop', () => {
  let started: Started;
  beforeEach(() => {
    started = new Started();
  });
  afterEach(() => started.close());

  it('goes on when its page’s process goes: the core answers the page that is loaded again', async () => {
    const standIn = await started.start();
    const first = started.openPage(standIn).link;
    await first.client.app.info();
    standIn.window.contents.goes('crashed');
    expect(standIn.window.contents.reloads).toBe(1);
    expect(standIn.app.ended).toBeNull();
    const second = started.openPage(standIn).link;
    expect(await second.client.app.info()).toMatchObject({ home: started.home });
  });

  it('opens though the page’s process went while it was loaded', async () => {
    const standIn = new StandIn();
    standIn.loadFails = ({ contents }) => {
      contents.goes('crashed');
      return new Error('ERR_FAILED (-2)');
    };
    await started.start(standIn);
    expect(standIn.window.contents.reloads).toBe(1);
    expect(standIn.dialog.errors).toEqual([]);
  });

  it('quits though the core can’t be closed, rather than live on without a window', async () => {
    const standIn = await started.start();
    vi.spyOn(started.core, 'close').mockRejectedValueOnce(new Error('database is locked'));
    standIn.window.close();
    await eventually(() => expect(standIn.app.ended).toBe('quit'));
    vi.restoreAllMocks();
    await started.core.close();
  });
});
