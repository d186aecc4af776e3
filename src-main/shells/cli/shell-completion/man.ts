import { withinAll, type Described, type DescribedOption } from './described.ts';

/** Variables that Falx reads, for whoever uses it; set-up's own are in docs/set-up.md. */
const environment: readonly (readonly [string, string])[] = [
  ['FALX_HOME', 'Folder that holds the registry, the runs and the weights, where --home is not given.'],
  ['FALX_RUNTIMES', 'Folder that holds added TensorFlow runtimes, such as GPU support.'],
  ['FALX_WEIGHTS_MIRROR', 'Address of a folder that has Keras’s weight files under their own names.'],
  ['FALX_GPU_MIRROR', 'Address of a folder that has the files of GPU support under their own names.'],
  ['HTTP_PROXY, HTTPS_PROXY, NO_PROXY', 'How downloads reach the network.'],
];

const files: readonly (readonly [string, string])[] = [
  [
    '~/.local/share/falx',
    'What Falx keeps, unless another folder was chosen; below $XDG_DATA_HOME where that is set.',
  ],
  ['~/.config/falx', 'Which folder was chosen in Settings; below $XDG_CONFIG_HOME where that is set.'],
];

/**
 * The manual page falx(1), in man(7)'s language.
 * @param version Falx's
 * @param date of the release, YYYY-MM-DD, or empty
 */
export function manualPage(falx: Described, version: string, date: string): string {
  const described = withinAll(falx).slice(1);
  return [
    `.TH FALX 1 "${date}" ${text(`Falx ${version}`)} ${text('Falx')}`,
    // A hyphen stays one, so that what is copied can be typed.
    '.SH NAME',
    'falx \\- train, compare and use classifiers of brain\\-MRI scans',
    '.SH SYNOPSIS',
    '.B falx',
    '.RI [ options ]',
    '.I command',
    '.RI [ arguments ]',
    '.SH DESCRIPTION',
    escaped(falx.description),
    '.PP',
    'Each step answers with an id, or a name, that the next one takes:',
    ...verbatim([
      'falx import ~/scans --name hospital-a',
      'falx split hospital-a',
      'falx train sp-k3f9x2ma',
      'falx compare run-8d2kq0vz run-1mz7h4tc run-q5s0e9wb',
      'falx predict run-8d2kq0vz scan.png',
    ]),
    '.PP',
    'For research only. Falx is no medical device: its answers must not decide on anybody’s diagnosis or treatment.',
    '.SH OPTIONS',
    'Every command takes these.',
    ...falx.options.flatMap(optionLines),
    '.SH COMMANDS',
    ...described.flatMap(commandLines),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([name, what]) => ['.TP', `.B ${escaped(name)}`, escaped(what)]),
    '.SH FILES',
    ...files.flatMap(([name, what]) => ['.TP', `.I ${escaped(name)}`, escaped(what)]),
    '.SH EXIT STATUS',
    '0, or 1 for what failed, or 2 for wrong usage.',
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

function commandLines({ path, description, arguments: taken, options, example }: Described): string[] {
  const usage = [...path, ...taken.map(({ shown }) => shown)].join(' ');
  return [
    `.SS ${text(usage)}`,
    escaped(sentence(description)),
    ...options.filter(({ flags }) => !flags.includes('--help')).flatMap(optionLines),
    ...(example === null
      ? []
      : ['.PP', 'Example:', ...verbatim(example.split('\n').map((line) => line.trim()))]),
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

/** As it is, whatever it has in it that man(7) would take for a sign of its own. */
const escaped = (words: string) =>
  words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll("'", '\\(aq')
    .replace(/^\./, '\\&.');
const text = (words: string) => `"${escaped(words).replaceAll('"', '\\(dq')}"`;
