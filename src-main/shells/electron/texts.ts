import type { Preferences } from '../../contract/views.ts';

/** What the desktop says outside the page: its menu, its questions, its notifications. */
const english = {
  file: 'File',
  edit: 'Edit',
  view: 'View',
  window: 'Window',
  about: 'About Falx',
  hide: 'Hide Falx',
  hideOthers: 'Hide Others',
  showAll: 'Show All',
  close: 'Close Window',
  quit: 'Quit Falx',
  undo: 'Undo',
  redo: 'Redo',
  cut: 'Cut',
  copy: 'Copy',
  paste: 'Paste',
  selectAll: 'Select All',
  reload: 'Reload',
  actualSize: 'Actual Size',
  zoomIn: 'Zoom In',
  zoomOut: 'Zoom Out',
  fullScreen: 'Full Screen',
  minimise: 'Minimise',
  pickFolder: 'Choose a folder',
  allFiles: 'All files',
  quitTitle: (count: number) =>
    count === 1 ? 'A network is being trained' : `${count} networks are being trained`,
  /** One or more. */
  quitText: (names: readonly string[]) =>
    names.length === 1
      ? `${names[0]!} is being trained. What should become of it?`
      : `${names.length} networks are being trained: ${names.join(', ')}. What should become of them?`,
  stopAndKeep: 'Stop and keep the best epoch',
  breakOff: 'Break off; resume it later',
  stay: 'Go on training',
  trained: (name: string) => `${name} is trained`,
  bestEpoch: (best: number, epochs: number) => `The best epoch was ${best} of ${epochs}.`,
  failed: (name: string) => `${name} could not be trained`,
  interrupted: (name: string) => `The training of ${name} was broken off`,
  resumable: 'It can be resumed.',
  pageGone: 'Falx’s window keeps failing',
  pageGoneRemedy: (reason: string) =>
    `What draws it has ended again and again (${reason}). Trainings go on. Load it once more; if that does not help, update the graphics driver or close other programs, and start Falx again.`,
  pageHangs: 'Falx’s window does not respond',
  pageHangsRemedy: 'Trainings go on. Wait for it, or load it again.',
  wait: 'Wait',
  cannotStart: 'Falx can’t start',
};
export type Texts = typeof english;

const korean: Texts = {
  file: '파일',
  edit: '편집',
  view: '보기',
  window: '창',
  about: 'Falx 정보',
  hide: 'Falx 가리기',
  hideOthers: '기타 가리기',
  showAll: '모두 보기',
  close: '창 닫기',
  quit: 'Falx 종료',
  undo: '실행 취소',
  redo: '다시 실행',
  cut: '잘라내기',
  copy: '복사',
  paste: '붙여넣기',
  selectAll: '모두 선택',
  reload: '새로 고침',
  actualSize: '실제 크기',
  zoomIn: '확대',
  zoomOut: '축소',
  fullScreen: '전체 화면',
  minimise: '최소화',
  pickFolder: '폴더 선택',
  allFiles: '모든 파일',
  quitTitle: () => '학습이 진행 중입니다',
  quitText: (names) =>
    names.length === 1
      ? `${names[0]!} 학습이 진행 중입니다. 어떻게 할까요?`
      : `모델 ${names.length}개(${names.join(', ')})의 학습이 진행 중입니다. 어떻게 할까요?`,
  stopAndKeep: '멈추고 가장 좋은 에포크 저장',
  breakOff: '중단하고 나중에 이어서 학습',
  stay: '계속 학습',
  trained: (name) => `${name} 학습이 끝났습니다`,
  bestEpoch: (best, epochs) => `${epochs}개 에포크 가운데 ${best}번째가 가장 좋았습니다.`,
  failed: (name) => `${name} 학습에 실패했습니다`,
  interrupted: (name) => `${name} 학습이 중단되었습니다`,
  resumable: '나중에 이어서 학습할 수 있습니다.',
  pageGone: 'Falx 창에 문제가 반복되고 있습니다',
  pageGoneRemedy: (reason) =>
    `창을 그리는 프로세스가 거듭 종료되었습니다(${reason}). 학습은 계속됩니다. 한 번 더 불러오세요. 그래도 같으면 그래픽 드라이버를 업데이트하거나 다른 프로그램을 닫고 Falx를 다시 시작하세요.`,
  pageHangs: 'Falx 창이 응답하지 않습니다',
  pageHangsRemedy: '학습은 계속됩니다. 기다리거나 창을 다시 불러오세요.',
  wait: '기다리기',
  cannotStart: 'Falx를 시작할 수 없습니다',
};

/**
 * @param language as the person chose it
 * @param system the system's preferred languages, best first, such as "ko-KR"
 */
export function textsIn(language: Preferences['language'], system: readonly string[]): Texts {
  const chosen = language === 'system' ? (system[0] ?? 'en') : language;
  return /^ko\b/i.test(chosen) ? korean : english;
}

export const allTexts = { en: english, ko: korean };
