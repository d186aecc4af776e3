/** Rejected Korean terms with the single accepted one: docs/glossary.md. */
export const otherWords: [RegExp, string][] = [
  [/데이터\s?셋|데이터 세트/, '데이터세트'],
  [/훈련/, '학습'],
  [/신경망/, '네트워크'],
  [/내려받/, '다운로드'],
  [/최선/, '최적'],
  [/일시 정지/, '일시정지'],
  [/레이블/, '라벨'],
  [/화소/, '픽셀'],
  [/쌍둥이/, '사본'],
  [/기준값/, '임계값'],
  [/슬라이스/, '단면'],
  [/오경보|거짓 경보/, '잘못된 경보'],
  [/견고성/, '강건성'],
  [/하위집단/, '하위 집단'],
  [/[“”]/, '‘ ’'],
];

/** Whether 을 follows a vowel or 를 a final consonant somewhere. */
export const hasWrongParticle = (message: string): boolean =>
  [...message.matchAll(/([가-힣])\)?([을를])(?=\s|$)/g)].some(([, before, particle]) => {
    const hasFinal = (before!.codePointAt(0)! - 0xac00) % 28 !== 0;
    return hasFinal !== (particle === '을');
  });
