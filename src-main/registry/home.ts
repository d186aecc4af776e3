import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The folder that holds everything Falx keeps: the registry, cached pixels, runs and weights.
 * @param option what the caller asked for; wins over FALX_HOME, which wins over the platform's own data folder.
 * @returns an absolute path; the folder need not exist.
 */
export function resolveHome(option?: string): string {
  return path.resolve(option || process.env['FALX_HOME'] || platformHome());
}

function platformHome(): string {
  if (process.platform === 'win32') {
    return path.join(process.env['APPDATA'] || path.join(homedir(), 'AppData', 'Roaming'), 'Falx');
  }
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Application Support', 'Falx');
  return path.join(process.env['XDG_DATA_HOME'] || path.join(homedir(), '.local', 'share'), 'falx');
}

/** Where files go that came from elsewhere: each upload or archive has a folder of its own in here. */
export const uploadsOf = (home: string): string => path.join(home, 'uploads');
