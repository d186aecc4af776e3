import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completionText } from '../../../src-main/shells/cli/commands/completion-command.ts';
import { declareAll, main } from '../../../src-main/shells/cli/main.ts';
import {
  describe as describeLine,
  withinAll,
} from '../../../src-main/shells/cli/shell-completion/described.ts';

const has = (program: string) =>
  spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'falx-completion-'));
  const line = await declareAll();
  for (const to of ['bash', 'zsh', 'fish', 'man'] as const)
    writeFileSync(path.join(folder, `falx.${to}`), completionText(to, line));
  // Two possible completions, one of them a folder.
  mkdirSync(path.join(folder, 'here', 'scans-2026'), { recursive: true });
  writeFileSync(path.join(folder, 'here', 'labels.csv'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Types into a shell at a real terminal; "falx" there prints its arguments. */
function typed(shell: string, start: string, keys: string): string[] {
  const says = `falx() { printf '\\nG%s' OT; printf '[%s]' "$@"; printf '.\\n'; }`;
  const { stdout } = spawnSync('script', ['-qec', shell, '/dev/null'], {
    cwd: path.join(folder, 'here'),
    input: `${says}\n${start}\n${keys}\nexit\n`,
    encoding: 'utf8',
    env: { ...process.env, TERM: 'dumb', HOME: folder, ZDOTDIR: folder, HISTFILE: '', PS1: '> ' },
  });
  const got = /^GOT(.*)\.\r?$/m.exec(stdout)?.[1];
  if (got === undefined) throw new Error(`${shell} called nothing: ${stdout}`);
  // zsh removes the slash of a folder at the end of the line.
  return [...got.matchAll(/\[([^\]]*)\]/g)].map(([, word]) => word!.replace(/\/$/, ''));
}

/** Typed keys, with tab as the key, and the resulting arguments. */
const typings: readonly (readonly [string, readonly string[]])[] = [
  ['falx doct\t', ['doctor']],
  ['falx train --netw\tmob\t', ['train', '--networks', 'mobilenetv2']],
  ['falx train --networks mobilenetv2,dens\t', ['train', '--networks', 'mobilenetv2,densenet121']],
  ['falx train --optim\tadamw --can\tpa\t', ['train', '--optimiser', 'adamw', '--canvas', 'pad']],
  ['falx --home sca\t chec\t', ['--home', 'scans-2026', 'check']],
  ['falx demo sca\t', ['demo', 'scans-2026']],
  ['falx import --labels lab\t', ['import', '--labels', 'labels.csv']],
  ['falx predict run-1 lab\t', ['predict', 'run-1', 'labels.csv']],
  ['falx import sca\t --plane sag\t', ['import', 'scans-2026', '--plane', 'sagittal']],
  ['falx completion z\t', ['completion', 'zsh']],
  ['falx --home train exp\t', ['--home', 'train', 'export']],
];

describe.runIf(has('bash') && has('script'))('in bash', () => {
  test.each(typings)('completes %j', (keys, words) => {
    expect(typed('bash --norc --noprofile -i', `. ../falx.bash`, keys)).toEqual(words);
  });
  test('completes what is written with an equals sign', () => {
    expect(typed('bash --norc --noprofile -i', `. ../falx.bash`, 'falx train --optimiser=sg\t')).toEqual([
      'train',
      '--optimiser=sgd',
    ]);
  });
});

describe.runIf(has('zsh') && has('script'))('in zsh', () => {
  test.each(typings)('completes %j', (keys, words) => {
    // As an installed command: found by its name on PATH.
    const start =
      'mkdir -p ../zsh && cp ../falx.zsh ../zsh/_falx; fpath=($PWD/../zsh $fpath); autoload -U compinit; compinit -u -D; unsetopt menu_complete auto_menu; setopt no_always_last_prompt';
    expect(typed('zsh -f -i', start, keys)).toEqual(words);
  });
});

describe.runIf(has('fish'))('in fish', () => {
  /** fish's suggestions for what is typed. */
  const offers = (line: string) =>
    execFileSync('fish', ['--no-config', '-c', `source ../falx.fish; complete -C ${JSON.stringify(line)}`], {
      cwd: path.join(folder, 'here'),
      encoding: 'utf8',
      env: { ...process.env, HOME: folder },
    })
      .trim()
      .split('\n')
      .map((offer) => offer.split('\t')[0]!);

  test.each<[string, string[]]>([
    ['falx doct', ['doctor']],
    ['falx train --netw', ['--networks']],
    ['falx train --networks mobilenetv2,dens', ['mobilenetv2,densenet121']],
    ['falx train --optimiser ada', ['adam', 'adamw']],
    ['falx --home sca', ['scans-2026/']],
    ['falx --home scans-2026 che', ['check']],
    ['falx demo sca', ['scans-2026/']],
    ['falx import --labels lab', ['labels.csv']],
    ['falx predict run-1 lab', ['labels.csv']],
    ['falx import scans-2026 --plane sag', ['sagittal']],
    ['falx completion z', ['zsh']],
    ['falx --home train imp', ['import', 'import-run']],
  ])('offers after %j', (line, offered) => {
    expect(offers(line)).toEqual(offered);
  });
});

describe.runIf(has('mandoc'))('the manual page', () => {
  test('has every command and every option that is declared', async () => {
    const page = shown('falx.man');
    for (const { path: words, options } of withinAll(describeLine(await declareAll()))) {
      expect(page).toContain(words.join(' '));
      for (const { flags } of options) for (const flag of flags) expect(page).toContain(flag);
    }
  });

  test('is free of faults', () => {
    const { stdout, status } = spawnSync('mandoc', ['-Tlint', '-Wwarning', path.join(folder, 'falx.man')], {
      encoding: 'utf8',
    });
    // Only releases have a date.
    expect(stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([]);
    expect(status).toBeLessThanOrEqual(2);
  });

  const shown = (name: string) =>
    execFileSync('mandoc', ['-Tascii', '-O', 'width=500', path.join(folder, name)], { encoding: 'utf8' })
      // Bold and underlined letters are overstruck.
      .replace(new RegExp(`.${String.fromCharCode(8)}`, 'g'), '');
});

test('refuses a shell that it does not know, naming those it does', async () => {
  expect(await main(['completion', 'tcsh'])).toBe(2);
});
