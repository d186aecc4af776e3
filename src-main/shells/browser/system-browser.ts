import { spawn } from 'node:child_process';

/** Whether a window opened on this machine is before the eyes of who started Falx. */
export function hasDisplay(env = process.env, platform = process.platform): boolean {
  if (platform === 'linux') return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
  return !env['SSH_CONNECTION'];
}

/**
 * Opens an address in the system's browser.
 * @returns whether the system took it.
 */
export function openInBrowser(address: string): Promise<boolean> {
  const [program, ...args] =
    process.platform === 'win32'
      ? ['explorer.exe', address]
      : process.platform === 'darwin'
        ? ['open', address]
        : ['xdg-open', address];
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false)); // there is no such program: the address is printed as well
    child.once('spawn', () => resolve(true));
    child.unref();
  });
}
