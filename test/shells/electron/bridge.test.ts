import { mkdirSync, realpathSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ShownNotification } from './electron-stand-in.ts';
import { Started } from './started.ts';

let started: Started;
beforeEach(() => {
  started = new Started();
});
afterEach(() => started.close());

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  // Targets of promises and weak references used in this turn are kept until its end.
  await new Promise((resolve) => setImmediate(resolve));
  (runInNewContext('gc') as () => void)();
}

describe('the bridge', () => {
  it('asks for a folder with the system’s dialog', async () => {
    const standIn = await started.start();
    const { link } = started.openPage(standIn);
    standIn.dialog.answers.push({ filePaths: ['/scans'] }, null);
    expect(await link.host.pickFolder()).toBe('/scans');
    expect(await link.host.pickFolder()).toBeNull();
    expect(standIn.dialog.asked[0]?.options).toEqual({
      title: 'Choose a folder',
      properties: ['openDirectory'],
    });
  });

  it('asks for files of some kinds', async () => {
    const standIn = await started.start();
    const { link } = started.openPage(standIn);
    standIn.dialog.answers.push({ filePaths: ['/a.png', '/b.png'] });
    const question = { title: 'Scans', extensions: ['png', 'dcm'], multiple: true };
    expect(await link.host.pickFiles(question)).toEqual(['/a.png', '/b.png']);
    expect(standIn.dialog.asked[0]?.options).toEqual({
      title: 'Scans',
      filters: [
        { name: 'Scans', extensions: ['png', 'dcm'] },
        { name: 'All files', extensions: ['*'] },
      ],
      properties: ['openFile', 'multiSelections'],
    });
    const odd = { ...question, extensions: ['../x'] };
    await expect(link.host.pickFiles(odd)).rejects.toThrow('falx:pick-files');
  });

  it('takes dropped files where they lie, and the folder that holds them', async () => {
    const { page, link } = started.openPage(await started.start());
    const dropped = (relativePath: string, where: string) => {
      const file = new File([], path.basename(relativePath));
      page.paths.set(file, where);
      return { file, relativePath };
    };
    expect(
      await link.host.take([
        dropped('scans/Tumour/a.png', '/data/scans/Tumour/a.png'),
        dropped('scans/Healthy/b.png', '/data/scans/Healthy/b.png'),
      ]),
    ).toEqual({ folder: '/data/scans', files: ['/data/scans/Tumour/a.png', '/data/scans/Healthy/b.png'] });
    expect(await link.host.take([dropped('a.png', '/data/a.png')])).toEqual({
      folder: null,
      files: ['/data/a.png'],
    });
  });

  it('shows Falx’s own folders, and no others', async () => {
    const standIn = await started.start();
    const { link } = started.openPage(standIn);
    const inside = path.join(started.home, 'runs', 'run-1');
    mkdirSync(inside, { recursive: true });
    const outside = path.join(started.scratch, 'other');
    mkdirSync(outside);
    symlinkSync(outside, path.join(started.home, 'way-out'));
    mkdirSync(path.join(started.home, 'Program.app'));
    writeFileSync(path.join(started.home, 'run.sh'), '');

    await link.host.openFolder?.(started.home);
    await link.host.openFolder?.(inside);
    expect(standIn.opened).toEqual([realpathSync(started.home), realpathSync(inside)]);
    for (const folder of [
      outside,
      '/',
      path.join(started.home, 'way-out'),
      path.join(started.home, '..'),
      path.join(started.home, 'Program.app'),
      path.join(started.home, 'run.sh'),
      path.join(started.home, 'gone'),
    ])
      await expect(link.host.openFolder?.(folder), folder).rejects.toThrow(folder);
    expect(standIn.opened).toHaveLength(2);
  });

  it('notifies whoever looks elsewhere', async () => {
    const standIn = await started.start();
    const { link } = started.openPage(standIn);
    link.host.notify('Import', 'done');
    expect(standIn.notifications).toMatchObject([{ title: 'Import', body: 'done', shown: true }]);
    standIn.notifications[0]?.click();
    expect(standIn.window.focused).toBe(true);
    link.host.notify('Import', 'again');
    expect(standIn.notifications).toHaveLength(1);
  });

  it('holds a notification until it is clicked or closed, and no longer', async () => {
    const standIn = await started.start();
    const { link } = started.openPage(standIn);
    link.host.notify('Import', 'one');
    link.host.notify('Import', 'two');
    link.host.notify('Import', 'three');
    const [one, two, three] = standIn.notifications as [
      ShownNotification,
      ShownNotification,
      ShownNotification,
    ];
    await collectGarbage();
    expect([one.held, two.held, three.held]).toEqual([true, true, true]);
    one.click();
    expect(standIn.window.focused).toBe(true);
    two.close();
    await collectGarbage();
    expect([one.held, two.held, three.held]).toEqual([false, false, true]);
  });

  it('opens each kind of dialog where the last one of its kind was left, after a new start too', async () => {
    const standIn = await started.start();
    const { link } = started.openPage(standIn);
    const [scans, weights] = ['scans', 'weights'].map((name) => path.join(started.scratch, name)) as [
      string,
      string,
    ];
    for (const folder of [scans, path.join(scans, 'mri'), weights]) mkdirSync(folder);
    const files = (extensions: string[]) =>
      link.host.pickFiles({ title: 'Files', extensions, multiple: false });
    standIn.dialog.answers.push(
      ...[{ filePaths: [path.join(scans, 'mri')] }, { filePaths: [path.join(weights, 'a.h5')] }],
      ...[null, { filePaths: [path.join(scans, 'b.png')] }, null, null],
    );
    await link.host.pickFolder();
    await files(['h5', 'keras']);
    await link.host.pickFolder();
    await files(['png']);
    await files(['keras', 'h5']);
    await files(['csv']);
    const downloads = '/home/person/Downloads';
    expect(standIn.dialog.asked.map(({ opensIn }) => opensIn)).toEqual([
      downloads,
      downloads,
      path.join(scans, 'mri'),
      downloads,
      weights,
      downloads,
    ]);
    await started.desktop.end();

    // What was deleted meanwhile is looked for above.
    rmdirSync(path.join(scans, 'mri'));
    const again = await started.start();
    again.dialog.answers.push(null);
    await started.openPage(again).link.host.pickFolder();
    expect(again.dialog.asked[0]?.opensIn).toBe(scans);
  });

  it('gives what was picked though the folder can’t be kept', async () => {
    const standIn = await started.start();
    const { link } = started.openPage(standIn);
    // Equivalent to a full disk, for root too.
    mkdirSync(path.join(started.home, 'dialogs.json.part'));
    standIn.dialog.answers.push({ filePaths: ['/scans'] });
    expect(await link.host.pickFolder()).toBe('/scans');
  });
});
