import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FalxError } from '../../../src-main/contract/errors.ts';
import { knownFormat, migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';
import { Registry } from '../../../src-main/registry/registry.ts';
import { run } from '../../../src-main/shells/electron/run.ts';
import { Started } from './started.ts';
import { displayAt, StandIn } from './electron-stand-in.ts';
import { eventually } from '../../eventually.ts';

let started: Started;
beforeEach(() => {
  started = new Started();
});
afterEach(() => started.close());

describe('the window', () => {
  it('is sandboxed, isolated, without Node, and shows the page once there is something to show', async () => {
    const { app, window } = await started.start();
    expect(app.sandboxed).toBe(true);
    expect(window.options.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      webSecurity: true,
    });
    expect(window.options).toMatchObject({ show: false, minWidth: 1024, minHeight: 700 });
    expect(existsSync(window.options.icon as string)).toBe(true);
    expect(window).toMatchObject({ loaded: 'falx://app/', shown: true });
  });

  it('has its profile in the started.home, so that a home is open once', async () => {
    const { app } = await started.start();
    expect(app.paths['userData']).toBe(path.join(started.home, 'desktop'));
  });

  it('is known to desktops by its desktop file', async () => {
    const { app } = await started.start();
    expect(app.desktopName).toBe(process.platform === 'linux' ? 'falx.desktop' : null);
    const root = path.join(import.meta.dirname, '../../..');
    const { desktopName } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<
      string,
      string
    >;
    expect(desktopName).toBe('falx.desktop');
    const entry = readFileSync(path.join(root, 'resources/linux', desktopName!), 'utf8');
    // Electron's windows use the file's name as their class on X11.
    expect(entry).toContain('\nStartupWMClass=falx\n');
  });

  it('comes forward instead of being opened again', async () => {
    const second = new StandIn({ locked: true });
    const { findHome } = started;
    expect(await run(second.electron, { findHome, page: started.scratch, preload: '' })).toBeNull();
    expect(second.windows).toEqual([]);
    expect(second.app.ended).toBe('quit');

    const { app, window } = await started.start();
    window.minimised = true;
    app.emit('second-instance');
    expect(window).toMatchObject({ minimised: false, shown: true, focused: true });
  });

  it('opens where it was closed, and where it can be seen when that screen is gone', async () => {
    const first = await started.start();
    Object.assign(first.window.options, { x: 300, y: 200, width: 1500, height: 950 });
    first.window.maximised = true;
    first.window.close();
    await eventually(() => expect(first.app.ended).toBe('quit'));
    expect(JSON.parse(readFileSync(path.join(started.home, 'window.json'), 'utf8'))).toEqual({
      x: 300,
      y: 200,
      width: 1500,
      height: 950,
      maximised: true,
    });

    const again = await started.start();
    expect(again.window.options).toMatchObject({ x: 300, y: 200, width: 1500, height: 950 });
    expect(again.window.maximised).toBe(true);
    await started.desktop.end();

    const standIn = new StandIn();
    standIn.displays = [displayAt({ x: 5000, y: 0, width: 1920, height: 1080 })];
    await started.start(standIn);
    expect(standIn.window.options).toMatchObject({ width: 1500, height: 950 });
    expect(standIn.window.options).not.toHaveProperty('x');
  });

  it('opens as at first when what was kept is torn', async () => {
    mkdirSync(started.home, { recursive: true });
    writeFileSync(path.join(started.home, 'window.json'), '{"x":3');
    expect((await started.start()).window.options).toMatchObject({ width: 1360, height: 900 });
  });

  it('says what keeps it from being opened', async () => {
    const standIn = new StandIn({ languages: ['ko-KR'] });
    expect(
      await run(standIn.electron, {
        findHome: started.findHome,
        page: path.join(started.scratch, 'nothing'),
        preload: '',
      }),
    ).toBeNull();
    expect(standIn.dialog.errors).toEqual([
      { title: 'Falx를 시작할 수 없습니다', content: expect.stringContaining('npm run build') as string },
    ]);
    expect(standIn.app.ended).toBe(1);
  });

  it('says in the system’s language that a newer Falx wrote the registry, and touches nothing', async () => {
    mkdirSync(started.home, { recursive: true });
    const file = path.join(started.home, 'registry.sqlite');
    Registry.open(started.home).close();
    const db = new SQLite(file);
    migrate(db, [...migrations, { number: knownFormat + 1, sql: 'CREATE TABLE later (file TEXT) STRICT' }]);
    db.exec(`UPDATE formats SET falx = '9.8.7'`);
    db.close();
    const before = readFileSync(file);
    for (const [language, said] of [
      ['en-GB', 'was written by Falx 9.8.7'],
      ['ko-KR', 'Falx 9.8.7에서 만들어졌습니다'],
    ] as const) {
      const standIn = new StandIn({ languages: [language] });
      await started.start(standIn);
      expect(standIn.dialog.errors).toEqual([
        { title: expect.any(String) as string, content: expect.stringContaining(said) as string },
      ]);
      expect(standIn.app.ended).toBe(1);
    }
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('says that the chosen data folder is not there, before Electron is ready', async () => {
    const standIn = new StandIn();
    const gone = /^The data folder \/disk\/falx, .* is not there\./;
    const findHome = () => {
      throw new FalxError('homeChosenGone', {
        folder: '/disk/falx',
        settings: '/settings.json',
        usual: '/home/falx',
      });
    };
    expect(await run(standIn.electron, { findHome, page: started.scratch, preload: '' })).toBeNull();
    expect(standIn.dialog.errors).toMatchObject([{ content: expect.stringMatching(gone) as string }]);
    expect(standIn.app.ended).toBe(1);
  });
});

describe('the menu', () => {
  const labels = (standIn: StandIn) => standIn.menu.map(({ label }) => label);

  it('is in the system’s language, and changes with the preference', async () => {
    const standIn = await started.start(new StandIn({ languages: ['ko-KR', 'en-US'] }));
    expect(labels(standIn)).toEqual(expect.arrayContaining(['파일', '편집', '보기', '창']));
    await started.openPage(standIn).link.client.app.setPreferences({ language: 'en' });
    await eventually(() => expect(labels(standIn)).toEqual(expect.arrayContaining(['File', 'Edit', 'View'])));
  });

  it('has the platform’s shortcuts, which come with the roles', async () => {
    const standIn = await started.start();
    const roles = standIn.menu
      .flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []))
      .map(({ role }) => role);
    expect(roles).toEqual(
      expect.arrayContaining([
        'quit',
        'undo',
        'redo',
        'cut',
        'copy',
        'paste',
        'selectAll',
        'reload',
        'zoomIn',
        'minimize',
      ]),
    );
  });
});
