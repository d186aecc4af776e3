import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtWindow } from '../built.ts';
import { greeted } from './greeted.ts';

const sources = fileURLToPath(new URL('../../src-main/shells/cli/main.ts', import.meta.url));

export type ServedFalx = {
  /** As asked for; null: where its environment says. */
  home: string | null;
  /** As printed: lets one browser in. */
  address: string;
  /** Everything printed so far. */
  printed(): string;
  /** Ends it as Ctrl-C does. @returns its exit code */
  stop(): Promise<number | null>;
};

/**
 * Starts `falx serve` as a person does, and reads the address that it prints.
 * @param home of its own; null: where its environment says
 * @param first as a newcomer meets it, with the first steps before all else
 * @param main of the command line, where it is not that of these sources
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

/** One of the sample scans that Falx drew into a home. */
export function aSampleScan(home: string): { folder: string; name: string } {
  const drawn = path.join(home, 'demo');
  const [scan] = readdirSync(drawn, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.png'))
    .sort();
  if (!scan) throw new Error(`${drawn} holds no sample scans`);
  const file = path.join(drawn, scan);
  return { folder: path.dirname(file), name: path.basename(file) };
}
