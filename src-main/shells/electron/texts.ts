import { message, type Message } from '../../contract/messages/catalogue.ts';
import { say } from '../../contract/messages/say.ts';
import type { Language } from '../../contract/messages/languages.ts';
import type { Preferences } from '../../contract/views.ts';

/** Texts of the desktop shell outside the page: menu, dialogs, notifications. The words come from the catalogue. */
function textsOf(language: Language) {
  const word = (told: Message) => say(told, { language, shell: 'window' });
  return {
    file: word(message('menuFile', {})),
    edit: word(message('menuEdit', {})),
    view: word(message('menuView', {})),
    window: word(message('menuWindow', {})),
    about: word(message('menuAbout', {})),
    hide: word(message('menuHide', {})),
    hideOthers: word(message('menuHideOthers', {})),
    showAll: word(message('menuShowAll', {})),
    close: word(message('menuClose', {})),
    quit: word(message('menuQuit', {})),
    undo: word(message('menuUndo', {})),
    redo: word(message('menuRedo', {})),
    cut: word(message('menuCut', {})),
    copy: word(message('menuCopy', {})),
    paste: word(message('menuPaste', {})),
    selectAll: word(message('menuSelectAll', {})),
    reload: word(message('menuReload', {})),
    actualSize: word(message('menuActualSize', {})),
    zoomIn: word(message('menuZoomIn', {})),
    zoomOut: word(message('menuZoomOut', {})),
    fullScreen: word(message('menuFullScreen', {})),
    minimise: word(message('menuMinimise', {})),
    pickFolder: word(message('pickFolder', {})),
    allFiles: word(message('allFiles', {})),
    quitTitle: (count: number) => word(message('quitTitle', { count })),
    /** One or more. */
    quitText: (names: readonly string[]) =>
      word(message('quitText', { count: names.length, names: names.join(', ') })),
    stopAndKeep: word(message('quitStopAndKeep', {})),
    breakOff: word(message('quitBreakOff', {})),
    stay: word(message('quitStay', {})),
    trained: (name: string) => word(message('noticeTrained', { name })),
    bestEpoch: (best: number, epochs: number) => word(message('noticeBestEpoch', { best, epochs })),
    failed: (name: string) => word(message('noticeFailed', { name })),
    interrupted: (name: string) => word(message('noticeInterrupted', { name })),
    resumable: word(message('noticeResumable', {})),
    pageGone: word(message('pageGone', {})),
    pageGoneRemedy: (reason: string) => word(message('pageGoneRemedy', { reason })),
    pageHangs: word(message('pageHangs', {})),
    pageHangsRemedy: word(message('pageHangsRemedy', {})),
    wait: word(message('pageWait', {})),
    cannotStart: word(message('cannotStart', {})),
  };
}

export type Texts = ReturnType<typeof textsOf>;

/** @param language as the user chose it @param system the system's preferred languages, best first, such as "ko-KR" */
export function textsIn(language: Preferences['language'], system: readonly string[]): Texts {
  return allTexts[languageIn(language, system)];
}

export function languageIn(language: Preferences['language'], system: readonly string[]): Language {
  const chosen = language === 'system' ? (system[0] ?? 'en') : language;
  return /^ko\b/i.test(chosen) ? 'ko' : 'en';
}

export const allTexts: Readonly<Record<Language, Texts>> = { en: textsOf('en'), ko: textsOf('ko') };
