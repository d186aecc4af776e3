import { homedir } from 'node:os';
import path from 'node:path';

/** The platform's folder for application data. */
export function platformHome(): string {
  if (process.platform === 'win32') return path.join(windowsFolder('APPDATA', 'Roaming'), 'Falx');
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Application Support', 'Falx');
  return path.resolve(process.env['XDG_DATA_HOME'] || path.join(homedir(), '.local', 'share'), 'falx');
}

/** The platform's folder for settings: never inside the home folder, whose location they define. */
export function configFolder(): string {
  if (process.platform === 'win32') return path.join(windowsFolder('LOCALAPPDATA', 'Local'), 'Falx');
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Preferences', 'Falx');
  return path.resolve(process.env['XDG_CONFIG_HOME'] || path.join(homedir(), '.config'), 'falx');
}

const windowsFolder = (variable: string, name: string): string =>
  process.env[variable] || path.join(homedir(), 'AppData', name);
