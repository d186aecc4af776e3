/** Commands with several actions, the default one first, and their arguments. */
export const actions = {
  trash: { list: '', restore: 'ID…', empty: '[ID…]' },
  weights: { list: '', add: 'FILE', download: '[NETWORK…]', pack: 'FILE [NETWORK…]' },
  registry: { backups: '', backup: '', check: '', restore: '[FILE]', export: '[FILE]' },
  'audit-log': { show: '', verify: '[FILE]', export: '[FILE]' },
  gpu: { status: '[--verify]', install: '[--from FOLDER]', remove: '' },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

/** All ways to type a command. */
export const formsOf = (command: keyof typeof actions): string[] =>
  Object.entries(actions[command]).map(([action, rest]) => `falx ${command} ${action} ${rest}`.trimEnd());
