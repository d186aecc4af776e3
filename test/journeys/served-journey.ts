import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtWindow } from '../built.ts';
import { greeted } from './greeted.ts';

const sources = fileURLToPath(new URL('../../src-main/shells/cli/main.ts', import.meta.url));

export type ServedFalx = {
  /** As given; null: from its environment. */
  home: string | null;
  /** As printed: admits one browser. */
  address: string;
  /** All output so far. */
  printed(): string;
  /** Ends it as Ctrl-C does. @returns its exit code */
  stop(): Promise<number | null>;
};

/**
 * Starts `falx serve` as a user does, and reads the address that it prints.
 * @param home its home folder; null: from its environment
 * @param first whether it begins with the first steps, as for a newcomer
 * @param main the command line's module, if not that of these sources
 */
export async function serveFalx(
  home: string | null,
  env: Record<string, string | undefined> = {},
  { first = false, main = sources } = {},
): Promise<ServedFalx> {
  await builtWindow();
  if (home !== null && !first) greeted(home);
  const place = home === null ? [] : ['--home', home];
  const child = spawn(process.execPath, [main, 'serve', '--no-open', ...place], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let printed = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const address = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      printed += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(printed);
      if (found) resolve(found[0]);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    void ended.then((code) => reject(new Error(`falx serve ended with ${code}:\n${printed}`)));
  });
  return {
    home,
    address,
    printed: () => printed,
    stop: () => {
      child.kill('SIGINT');
      return ended;
    },
  };
}

/** One of the sample scans in a home folder. */
export function aSampleScan(home: string): { folder: string; name: string } {
  const drawn = path.join(home, 'demo');
  const [scan] = readdirSync(drawn, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.png'))
    .sort();
  if (!scan) throw new Error(`${drawn} holds no sample scans`);
  const file = path.join(drawn, scan);
  return { folder: path.dirname(file), name: path.basename(file) };
}
