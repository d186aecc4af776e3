import { short, withinAll, type Described, type DescribedOption, type Values } from './described.ts';

/** Completion script for fish. */
export function fishCompletion(falx: Described): string {
  const all = withinAll(falx);
  const known = all.slice(1).map(({ path }) => quote(path.join(' ')));
  const valued = all
    .flatMap(({ options }) => options)
    .filter(({ value }) => value !== null)
    .flatMap(({ flags }) => flags);
  return `# fish completion for falx: made by "falx completion fish" from the commands themselves.

# The command that was typed so far, and how many words of its own came after it.
function __falx_typed
    set -l command falx
    set -l place 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- "$command $word" ${known.join(' ')}
            set command "$command $word"
            set place 0
        else if contains -- $word ${[...new Set(valued)].join(' ')}
            set skip 1
        else if not string match -q -- '-*' $word
            set place (math $place + 1)
        end
    end
    echo $command
    echo $place
end

function __falx_in
    set -l typed (__falx_typed)
    test "$typed[1]" = "$argv[1]"
end

function __falx_at
    set -l typed (__falx_typed)
    test "$typed[1]" = "$argv[1]" -a "$typed[2]" $argv[2] $argv[3]
end

complete -c falx -f
${[
  ...falx.options.map((option) => line('', option)),
  ...all.flatMap(({ path, options, commands, arguments: taken }) => {
    const command = quote(path.join(' '));
    return [
      ...commands.map(
        (one) =>
          `complete -c falx -n ${quote(`__falx_at ${command} -eq 0`)} -a ${one.path.at(-1)!} -d ${quote(short(one.description))}`,
      ),
      ...(path.length > 1 ? options : []).map((option) =>
        line(` -n ${quote(`__falx_in ${command}`)}`, option),
      ),
      ...taken.flatMap(({ variadic, values }, place) =>
        values.kind === 'any'
          ? []
          : [
              `complete -c falx -n ${quote(`__falx_at ${command} ${variadic ? '-ge' : '-eq'} ${place}`)} ${argument(values)}`,
            ],
      ),
    ];
  }),
].join('\n')}
`;
}

function line(when: string, { flags, description, value, values }: DescribedOption): string {
  const named = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const takes = value === null ? '' : values.kind === 'file' ? ' -r -F' : ` -x${offered(values)}`;
  return `complete -c falx${when} ${named.join(' ')}${takes} -d ${quote(short(description))}`;
}

const argument = (values: Values) => (values.kind === 'file' ? '-F' : offered(values).trim());

function offered(values: Values): string {
  switch (values.kind) {
    case 'choice':
      return ` -a ${quote(values.of.join(' '))}`;
    case 'list':
      return ` -a ${quote(`(__fish_append , ${values.of.join(' ')})`)}`;
    case 'folder':
      return " -a '(__fish_complete_directories)'";
    case 'file':
    case 'any':
      return '';
  }
}

const quote = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
