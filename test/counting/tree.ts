import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A scratch copy of the working tree to change and test; it shares the installed packages. */
export class Tree {
  readonly folder: string;

  /** @param from the working tree, uncommitted files included. */
  constructor(from: string) {
    this.folder = mkdtempSync(path.join(tmpdir(), 'falx-counting-'));
    const files = git(from, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
    const deleted = new Set(git(from, 'ls-files', '-z', '--deleted').split('\0'));
    for (const file of files)
      if (file !== '' && !deleted.has(file)) cpSync(path.join(from, file), path.join(this.folder, file));
    // Where the set-up put TensorFlow.
    cpSync(path.join(from, '.falx', 'runtime.json'), path.join(this.folder, '.falx', 'runtime.json'));
    symlinkSync(path.join(from, 'node_modules'), path.join(this.folder, 'node_modules'));
    git(this.folder, 'init', '--quiet');
    git(this.folder, 'add', '--all');
    git(this.folder, '-c', 'user.name=count', '-c', 'user.email=count@localhost', 'commit', '-qm', 'before');
  }

  read(file: string): string {
    return readFileSync(path.join(this.folder, file), 'utf8');
  }

  write(file: string, text: string | Uint8Array): void {
    const whole = path.join(this.folder, file);
    mkdirSync(path.dirname(whole), { recursive: true });
    writeFileSync(whole, text);
  }

  /**
   * Replaces text.
   * @throws Error naming the file when the text to replace does not occur exactly once: the recipe is out of date.
   */
  edit(file: string, ...pairs: readonly (readonly [found: string, put: string])[]): void {
    let text = this.read(file);
    for (const [found, put] of pairs) {
      const parts = text.split(found);
      if (parts.length !== 2)
        throw new Error(`${file} has ${parts.length - 1} times, instead of once: ${JSON.stringify(found)}`);
      text = parts.join(put);
    }
    this.write(file, text);
  }

  /** Inserts text before other text. @throws Error as `edit` does. */
  before(file: string, found: string, added: string): void {
    this.edit(file, [found, `${added}${found}`]);
  }

  /** Inserts text after other text. @throws Error as `edit` does. */
  behind(file: string, found: string, added: string): void {
    this.edit(file, [found, `${found}${added}`]);
  }

  /** Files that were changed or added, relative to the root. */
  touched(): string[] {
    return git(this.folder, 'status', '--porcelain', '-z', '--untracked-files=all', '--no-renames')
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => line.slice(3))
      .filter((file) => file !== 'node_modules');
  }

  /** The output of a program of this Node.js. @throws Error with all its output when it fails. */
  async node(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
    try {
      const { stdout } = await execute(process.execPath, args, {
        cwd: this.folder,
        env: { ...process.env, ...environment },
        maxBuffer: 2 ** 28,
      });
      return stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      const said = `${stdout ?? ''}${stderr ?? ''}`.slice(-6000);
      throw new Error(`${args.join(' ')} failed:\n${said || String(error)}`, { cause: error });
    }
  }

  /** Checks all types: sources, tests, and the window's components with its message keys. */
  async types(): Promise<void> {
    const tsc = 'node_modules/@typescript/native/bin/tsc';
    await this.node([tsc, '-p', '.']);
    await this.node([tsc, '-p', 'test']);
    const check = 'node_modules/svelte-check/bin/svelte-check';
    await this.node([check, '--tsgo', '--tsconfig', 'src-renderer/tsconfig.json', '--fail-on-warnings']);
  }

  /** Formats the changed files, then lints. */
  async lint(): Promise<void> {
    const touched = this.touched();
    const text = touched.filter((file) => /\.(ts|mjs|svelte|json|css)$/.test(file));
    await this.node(['node_modules/prettier/bin/prettier.cjs', '--write', '--log-level', 'warn', ...text]);
    const code = touched.filter((file) => /\.(ts|mjs|svelte)$/.test(file));
    await this.node(['node_modules/eslint/bin/eslint.js', '--no-warn-ignored', ...code]);
    const typed = code.filter((file) => !file.endsWith('.svelte'));
    await this.node(['node_modules/oxlint/bin/oxlint', ...typed]);
  }

  async tests(project: 'fast' | 'slow', ...files: readonly string[]): Promise<void> {
    await this.node(['node_modules/vitest/vitest.mjs', 'run', '--project', project, ...files]);
  }

  /** What the command line answers as JSON. */
  async falx<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.falxText('--json', ...args)) as T;
  }

  /** The command line's output; its home folder is the scratch copy's own. */
  falxText(...args: readonly string[]): Promise<string> {
    const home = path.join(this.folder, '.falx', 'home');
    return this.node(['src-main/shells/cli/main.ts', '--home', home, ...args]);
  }

  /** Files in a folder and its subfolders. */
  files(folder: string): string[] {
    return readdirSync(path.join(this.folder, folder), { recursive: true, encoding: 'utf8' });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 });
