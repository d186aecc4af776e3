import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';

/** Milliseconds that a test waits for anything: on a busy machine things take their time. */
export const PATIENCE = Number(process.env['FALX_PATIENCE'] ?? 240_000);

const repository = join(import.meta.dirname, '..');

/**
 * A Chromium for opening pages: FALX_CHROMIUM, the machine's own, or the one of the npm package.
 * @param options of playwright's `launch`, merged with the program and what it needs here
 */
export async function openChromium({ args = [], ...options }: LaunchOptions = {}): Promise<Browser> {
  const executablePath = await chromiumProgram();
  try {
    return await chromium.launch({
      ...options,
      executablePath,
      args: [
        // As root there is no sandbox; tests open only Falx's own pages.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        // Makes text equally wide on every machine.
        '--font-render-hinting=none',
        ...args,
      ],
    });
  } catch (cause) {
    const [, library] = /error while loading shared libraries: (\S+?):/.exec(String(cause)) ?? [];
    if (library === undefined) throw cause;
    throw new Error(
      `${executablePath} lacks ${library}: sudo apt-get install libnss3 libexpat1 fontconfig-config fonts-dejavu-core`,
      { cause },
    );
  }
}

/** The program, unpacked first if necessary. */
export async function chromiumProgram(): Promise<string> {
  const asked = process.env['FALX_CHROMIUM'];
  return asked ?? installed() ?? (await packed());
}

function installed(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
  const programs = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  return [
    ...programs,
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  ].find((file) => existsSync(file));
}

/**
 * The package unpacks into the system's temporary folder, and uses a program that another process is still writing as if
 * it were complete. Here it appears atomically.
 */
async function packed(): Promise<string> {
  const { version } = JSON.parse(
    readFileSync(join(repository, 'node_modules/@sparticuz/chromium/package.json'), 'utf8'),
  ) as { version: string };
  const folder = join(repository, '.falx', `chromium-${version}`);
  const program = join(folder, 'chromium');
  if (existsSync(program)) return program;
  mkdirSync(join(repository, '.falx'), { recursive: true });
  const part = mkdtempSync(`${folder}-`);
  const unpack = `await (await import('@sparticuz/chromium')).default.executablePath()`;
  try {
    // In a process of its own: what else starts meanwhile must not take this folder for the temporary one.
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', unpack], {
      cwd: repository,
      env: { ...process.env, TMPDIR: part },
    });
    renameSync(part, folder);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(program)) throw error;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return program;
}
