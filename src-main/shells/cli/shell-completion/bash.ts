import { withinAll, type Described, type Values } from './described.ts';

/** Completion script for bash. Self-contained: no other completion has to be installed. */
export function bashCompletion(falx: Described): string {
  const all = withinAll(falx);
  const known = all.flatMap(({ path, commands }) =>
    commands.map((one) => quoted([...path, one.path.at(-1)!])),
  );
  const options = all.flatMap(({ path, options }) => options.map((option) => ({ path, ...option })));
  const valued = options.filter(({ value }) => value !== null);
  const ofAll = new Set(falx.options.flatMap(({ flags }) => flags));
  const pattern = (path: readonly string[], flag: string) =>
    path.length === 1 && ofAll.has(flag) ? `*' ${flag}'` : quoted([...path, flag]);
  const byCompletion = new Map<string, string[]>();
  for (const { path, flags, values } of valued) {
    const does = completes(values);
    const of = byCompletion.get(does) ?? [];
    byCompletion.set(does, [...of, ...flags.map((flag) => pattern(path, flag))]);
  }
  const patterns = [...byCompletion.values()].flat();
  return `# bash completion for falx: made by "falx completion bash" from the commands themselves.

_falx_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_falx_list() {
  local taken='' word
  [[ $cur == *,* ]] && taken=\${cur%,*},
  for word in $1; do
    [[ ,$taken == *,$word,* || $taken$word != "$cur"* ]] || COMPREPLY+=("$taken$word")
  done
  compopt -o nospace
}

_falx_paths() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

_falx() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command=falx place=0 at word
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case "$command $word" in
    ${known.join(' | ')})
      command="$command $word"
      place=0
      ;;
    ${patterns.join(' | ')})
      [[ \${COMP_WORDS[at + 1]} == = ]] && ((at++))
      ((at++))
      ;;
    *' -'* | *' =') ;;
    *) ((place++)) ;;
    esac
  done
  case "$command $prev" in
${[...byCompletion].map(([does, of]) => `  ${of.join(' | ')})\n    ${does}\n    return\n    ;;`).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case $command in
${all
  .map(
    ({ path, options }) =>
      `    ${quoted(path)}) _falx_words '${[...new Set([...options, ...falx.options].flatMap(({ flags }) => flags))].join(' ')}' ;;`,
  )
  .join('\n')}
    esac
    return
  fi
  case "$command $place" in
${all
  .flatMap(({ path, commands, arguments: taken }) => [
    ...(commands.length > 0
      ? [`  ${quoted([...path, '0'])}) _falx_words '${commands.map((one) => one.path.at(-1)).join(' ')}' ;;`]
      : []),
    ...taken.map(
      ({ variadic, values }, place) =>
        `  ${variadic ? `${quoted(path)}' '*` : quoted([...path, String(place)])}) ${completes(values)} ;;`,
    ),
  ])
  .join('\n')}
  esac
}

complete -F _falx falx
`;
}

const quoted = (words: readonly string[]) => `'${words.join(' ')}'`;

function completes(values: Values): string {
  switch (values.kind) {
    case 'choice':
      return `_falx_words '${values.of.join(' ')}'`;
    case 'list':
      return `_falx_list '${values.of.join(' ')}'`;
    case 'file':
      return '_falx_paths -f';
    case 'folder':
      return '_falx_paths -d';
    case 'any':
      return ':';
  }
}
