import { spawn } from 'node:child_process';
import { isWsl } from '../../system/wsl.ts';

/** Whether the user who started Falx can see a window opened on this machine. */
export function hasDisplay(env = process.env, platform = process.platform, wsl = isWsl()): boolean {
  if (platform === 'linux' && !wsl) return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
  return !env['SSH_CONNECTION'];
}

/** Opens a URL in the system's browser. @returns whether the system accepted it. */
export function openInBrowser(address: string): Promise<boolean> {
  const [program, ...args] = opener(address);
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false)); // no such program: the address is printed as well
    child.once('spawn', () => resolve(true));
    child.unref();
  });
}

/** The command that opens a URL. In the Windows Subsystem for Linux the browser is Windows', which can reach its ports. */
export function opener(
  address: string,
  platform = process.platform,
  wsl = isWsl(),
): readonly [string, ...string[]] {
  if (platform === 'win32') return ['explorer.exe', address];
  if (platform === 'darwin') return ['open', address];
  return wsl ? ['rundll32.exe', 'url.dll,FileProtocolHandler', address] : ['xdg-open', address];
}
