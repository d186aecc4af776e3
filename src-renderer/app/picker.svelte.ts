import type { Picker } from '../host/host.ts';
import { t } from './messages.ts';
import { recall, remember } from './local-storage.ts';

const key = 'falx.picker';

type Question = {
  kind: 'folder' | 'files';
  title: string;
  extensions: readonly string[];
  multiple: boolean;
  answer: (paths: string[] | null) => void;
};

/** State of FolderPicker, the browser shell's dialog for folders and files on the core's machine. */
class PickerState {
  question = $state.raw<Question | null>(null);

  get lastFolder(): string | null {
    return recall<{ folder: string }>(key)?.folder ?? null;
  }

  set lastFolder(folder: string | null) {
    remember(key, { folder });
  }

  answer(paths: string[] | null): void {
    this.question?.answer(paths);
    this.question = null;
  }

  ask(question: Omit<Question, 'answer'>): Promise<string[] | null> {
    this.answer(null); // One at a time: an earlier question is cancelled.
    return new Promise((resolve) => {
      this.question = { ...question, answer: resolve };
    });
  }
}

export const picker = new PickerState();

/** For `connect`: asks by the window's own dialog. */
export const windowPicker: Picker = {
  folder: async () => {
    const paths = await picker.ask({
      kind: 'folder',
      title: t('common.picker.folder'),
      extensions: [],
      multiple: false,
    });
    return paths?.[0] ?? null;
  },
  files: (question) => picker.ask({ kind: 'files', ...question }),
};
