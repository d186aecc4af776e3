import { short, type Described, type DescribedOption, type Values } from './described.ts';

/** Completion script for zsh. */
export function zshCompletion(falx: Described): string {
  return `#compdef falx
# Made by "falx completion zsh" from the commands themselves.

${functions(falx, falx.options)}
if [[ $funcstack[1] == _falx ]]; then
  _falx "$@"
else
  compdef _falx falx
fi
`;
}

/** A function for the command, after those of its subcommands. */
function functions(one: Described, global: readonly DescribedOption[]): string {
  const below = one.commands.map((command) => functions(command, global)).join('');
  const options = [...new Set([...one.options, ...global])].map(option);
  const places =
    one.commands.length > 0
      ? ["'1: :->command'", "'*:: :->rest'"]
      : one.arguments.map(({ shown, variadic, values }, place) =>
          quote(`${variadic ? '*' : String(place + 1)}:${plain(shown)}:${action(values, shown)}`),
        );
  const choose =
    one.commands.length === 0
      ? ''
      : `  case $state in
  command)
    local -a commands=(
${one.commands.map(({ path, description }) => `      ${quote(`${path.at(-1)!}:${short(description)}`)}`).join('\n')}
    )
    _describe -t commands command commands
    ;;
  rest)
    case $words[1] in
${one.commands.map(({ path }) => `    ${path.at(-1)!}) ${named(path)} ;;`).join('\n')}
    esac
    ;;
  esac
`;
  const head =
    one.commands.length > 0 ? '  local curcontext=$curcontext state line\n  typeset -A opt_args\n' : '';
  const all = [...options, ...places].map((spec) => `    ${spec}`).join(' \\\n');
  return `${below}${named(one.path)}() {
${head}  _arguments ${one.commands.length > 0 ? '-C ' : ''}\\
${all}
${choose}}

`;
}

const named = (path: readonly string[]) => `_${path.join('_').replaceAll('-', '_')}`;

function option({ flags, description, value, values }: DescribedOption): string {
  const said = `[${bracketed(short(description))}]`;
  const takes = value === null ? '' : `:${plain(value)}:${action(values, value)}`;
  if (flags.length === 1) return quote(`${flags[0]!}${said}${takes}`);
  return `${quote(`(${flags.join(' ')})`)}{${flags.join(',')}}${quote(`${said}${takes}`)}`;
}

function action(values: Values, shown: string): string {
  switch (values.kind) {
    case 'choice':
      return `(${values.of.join(' ')})`;
    case 'list':
      return `_values -s , name ${values.of.join(' ')}`;
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'any':
      // With a single space zsh would offer options beside it, and insert none of them.
      return `{_message ${plain(shown)}}`;
  }
}

const plain = (shown: string) => shown.replace(/[<>[\]:.]/g, '');
const bracketed = (text: string) => text.replace(/[[\]:\\]/g, '\\$&');
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
