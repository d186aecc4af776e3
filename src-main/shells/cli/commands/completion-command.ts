import { falxVersion } from '../../../version.ts';
import type { CommandLine } from '../main.ts';
import type { Output } from '../output.ts';
import { bashCompletion } from '../shell-completion/bash.ts';
import { describe } from '../shell-completion/described.ts';
import { fishCompletion } from '../shell-completion/fish.ts';
import { manualPage } from '../shell-completion/man.ts';
import { zshCompletion } from '../shell-completion/zsh.ts';

export type CompletionTarget = 'bash' | 'zsh' | 'fish' | 'man';

/** Prints a completion script for a shell, or the manual page: both come from the command declarations. */
export function completion(output: Output, to: CompletionTarget, line: CommandLine): Promise<void> {
  const text = completionText(to, line);
  output.answer({ for: to, text }, () => text.trimEnd());
  return Promise.resolve();
}

/** The script or page as text. */
export function completionText(to: CompletionTarget, line: CommandLine): string {
  const falx = describe(line);
  switch (to) {
    case 'bash':
      return bashCompletion(falx);
    case 'zsh':
      return zshCompletion(falx);
    case 'fish':
      return fishCompletion(falx);
    case 'man':
      return manualPage(falx, falxVersion(), releaseDate(), line.language);
  }
}

/** Date of the packaged commit, in the variable for reproducible builds. */
function releaseDate(): string {
  const seconds = Number(process.env['SOURCE_DATE_EPOCH']);
  return seconds > 0 ? new Date(seconds * 1000).toISOString().slice(0, 10) : '';
}
