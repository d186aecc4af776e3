import { messageFromFacts } from '../../contract/errors.ts';
import type { MessageCode, ParametersOf } from '../../contract/messages/catalogue.ts';
import { sayWhole, type StoredMessage } from '../../contract/messages/say.ts';
import type { Language } from '../../contract/messages/languages.ts';

/**
 * A command's output. Standard output has only the answer: text for a user, or with `--json` one document. Everything else,
 * progress and warnings, goes to standard error.
 */
export type Output = Speech & {
  readonly json: boolean;
  /** The answer: called once per command. @param text only called without `--json`. */
  answer(document: unknown, text: () => string): void;
  /** One of many answers of a command that continues: with `--json` one document per line. */
  line(document: unknown, text: () => string): void;
  /** A sentence for the waiting user. */
  note(sentence: string): void;
  readonly progress: Progress;
};

/** Words messages of the catalogue in the user's language. */
export type Speech = {
  readonly language: Language;
  words(told: StoredMessage): string;
  say<C extends MessageCode>(code: C, parameters: ParametersOf<C>): string;
  /** Why a file was left out: its name is shown beside it. */
  reason(why: { reason: string; facts?: Readonly<Record<string, unknown>> | null | undefined }): string;
};

export function speechIn(language: Language): Speech {
  const words = (told: StoredMessage) => sayWhole(told, { language, shell: 'cli' });
  return {
    language,
    words,
    say: (code, parameters) => words({ code, parameters }),
    reason: ({ reason, facts }) => {
      const told = messageFromFacts(facts);
      return told ? sayWhole(told, { language, shell: 'cli', brief: true }) : reason;
    },
  };
}

export type Progress = {
  /** Shows a temporary state, such as a step. */
  show(line: string): void;
  /** Clears it from the terminal. */
  clear(): void;
};

type Stream = { write(text: string): unknown; isTTY?: boolean; columns?: number };

export function openOutput(
  json: boolean,
  stdout: Stream = process.stdout,
  stderr: Stream = process.stderr,
  language: Language = 'en',
): Output {
  const progress = stderr.isTTY ? terminalProgress(stderr) : sparseProgress(stderr);
  return {
    ...speechIn(language),
    json,
    answer: (document, text) => {
      progress.clear();
      stdout.write(`${json ? JSON.stringify(document, null, 2) : text()}\n`);
    },
    line: (document, text) => {
      progress.clear();
      stdout.write(`${json ? JSON.stringify(document) : text()}\n`);
    },
    note: (sentence) => {
      progress.clear();
      stderr.write(`${sentence}\n`);
    },
    progress,
  };
}

/** Milliseconds between two updates of a terminal's line. */
const FRAME = 80;

/** One line that is overwritten, truncated to the terminal's width. */
function terminalProgress(stream: Stream): Progress {
  let shown = false;
  let last = -Infinity;
  return {
    show: (line) => {
      if (performance.now() - last < FRAME) return;
      last = performance.now();
      stream.write(`\r\u001b[K${line.slice(0, (stream.columns || 80) - 1)}`);
      shown = true;
    },
    clear: () => {
      if (shown) stream.write('\r\u001b[K');
      shown = false;
    },
  };
}

/** Milliseconds between two lines of progress in a log. */
const INTERVAL = 15_000;

/** Complete lines, but few: for a log file. */
function sparseProgress(stream: Stream): Progress {
  let last = Date.now();
  return {
    show: (line) => {
      if (Date.now() - last < INTERVAL) return;
      last = Date.now();
      stream.write(`${line}\n`);
    },
    clear: () => undefined,
  };
}
