import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import type { DesktopBridge } from '../../../src-main/contract/desktop.ts';
import { expose } from '../../../src-main/shells/electron/expose.ts';
import { type Desktop, run } from '../../../src-main/shells/electron/run.ts';
import { desktopLink } from '../../../src-renderer/host/desktop-link.ts';
import type { Link } from '../../../src-renderer/host/host.ts';
import { smallPage } from '../browser/served.ts';
import { type PageStandIn, StandIn } from './electron-stand-in.ts';

/** The real main process, preload and window's host, on a stand-in for Electron and their own home folder. */
export class Started {
  readonly scratch = mkdtempSync(path.join(tmpdir(), 'falx-electron-'));
  readonly home = path.join(this.scratch, 'home');
  readonly findHome = () => ({ home: this.home, from: 'environment' as const });
  #desktop: Desktop | null = null;

  async start(standIn = new StandIn()): Promise<StandIn> {
    const page = smallPage(path.join(this.scratch, 'page'));
    this.#desktop = await run(standIn.electron, {
      findHome: this.findHome,
      page,
      preload: '/preload.cjs',
    });
    return standIn;
  }

  get desktop(): Desktop {
    if (!this.#desktop) throw new Error('the desktop did not start');
    return this.#desktop;
  }

  get core() {
    return this.desktop.core;
  }

  /** The page with its preload, and the app's connection over both. */
  openPage(standIn: StandIn): { page: PageStandIn; bridge: DesktopBridge; link: Link } {
    const page = standIn.openPage();
    expose(page.preload, page.window);
    vi.stubGlobal('window', page);
    const bridge = page.exposed['falx'] as DesktopBridge;
    return { page, bridge, link: desktopLink(bridge) };
  }

  async close(): Promise<void> {
    vi.unstubAllGlobals();
    await this.#desktop?.end();
    rmSync(this.scratch, { recursive: true, force: true });
  }
}
