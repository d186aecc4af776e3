import { commandWords } from '../../../contract/messages/commands.ts';
import type { Language } from '../../../contract/messages/languages.ts';
import { withinAll, type Described, type DescribedOption } from './described.ts';

/** Environment variables for users; those of set-up are in docs/set-up.md. */
const environment = {
  FALX_HOME: 'home',
  FALX_RUNTIMES: 'runtimes',
  FALX_WEIGHTS_MIRROR: 'weightsMirror',
  FALX_GPU_MIRROR: 'gpuMirror',
  'HTTP_PROXY, HTTPS_PROXY, NO_PROXY': 'proxy',
} as const;

const files = { '~/.local/share/falx': 'data', '~/.config/falx': 'settings' } as const;

/** The manual page falx(1), in man(7) macros. @param version of Falx @param date of the release, YYYY-MM-DD, or empty */
export function manualPage(falx: Described, version: string, date: string, language: Language): string {
  const words = commandWords[language].manual;
  const described = withinAll(falx).slice(1);
  return [
    `.TH FALX 1 "${date}" ${text(`Falx ${version}`)} ${text('Falx')}`,
    // A hyphen stays a hyphen, so that copied text can be typed.
    '.SH NAME',
    `falx \\- ${escaped(words.name)}`,
    '.SH SYNOPSIS',
    '.B falx',
    '.RI [ options ]',
    '.I command',
    '.RI [ arguments ]',
    '.SH DESCRIPTION',
    escaped(falx.description),
    '.PP',
    words.steps,
    ...verbatim([
      'falx import ~/scans --name hospital-a',
      'falx split hospital-a',
      'falx train sp-k3f9x2ma',
      'falx compare run-8d2kq0vz run-1mz7h4tc run-q5s0e9wb',
      'falx predict run-8d2kq0vz scan.png',
    ]),
    '.PP',
    words.research,
    '.SH OPTIONS',
    words.everyCommand,
    ...falx.options.flatMap(optionLines),
    '.SH COMMANDS',
    ...described.flatMap((one) => commandLines(one, words.example)),
    '.SH ENVIRONMENT',
    ...entries(environment).flatMap(([name, what]) => ['.TP', `.B ${escaped(name)}`, escaped(words[what])]),
    '.SH FILES',
    ...entries(files).flatMap(([name, what]) => ['.TP', `.I ${escaped(name)}`, escaped(words[what])]),
    '.SH EXIT STATUS',
    words.exit,
    '',
  ]
    .map((line) =>
      line
        .replaceAll('’', '\\(cq')
        .replaceAll('–', '\\(en')
        .replaceAll('×', '\\(mu')
        .replaceAll('…', '\\&...')
        .replaceAll('→', '\\(->'),
    )
    .join('\n');
}

const entries = <K extends string, V>(of: Readonly<Record<K, V>>) => Object.entries(of) as [K, V][];

function commandLines(
  { path, description, arguments: taken, options, example }: Described,
  title: string,
): string[] {
  const usage = [...path, ...taken.map(({ shown }) => shown)].join(' ');
  return [
    `.SS ${text(usage)}`,
    escaped(sentence(description)),
    ...options.filter(({ flags }) => !flags.includes('--help')).flatMap(optionLines),
    ...(example === null ? [] : ['.PP', title, ...verbatim(example.split('\n').map((line) => line.trim()))]),
  ];
}

const optionLines = ({ flags, value, description }: DescribedOption): string[] => [
  '.TP',
  `.B ${escaped(`${flags.join(', ')}${value === null ? '' : ` ${value}`}`)}`,
  escaped(sentence(description)),
];

const verbatim = (lines: readonly string[]) => ['.PP', '.nf', '.RS 4', ...lines.map(escaped), '.RE', '.fi'];

const sentence = (words: string) =>
  `${words[0]!.toUpperCase()}${words.slice(1)}${/[.)]$/.test(words) ? '' : '.'}`;

/** Escapes everything that man(7) would interpret. */
const escaped = (words: string) =>
  words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll("'", '\\(aq')
    .replace(/^\./, '\\&.');
const text = (words: string) => `"${escaped(words).replaceAll('"', '\\(dq')}"`;
