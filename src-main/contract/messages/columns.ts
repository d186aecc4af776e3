/** Hangul, CJK and full-width forms: East Asian Wide of Unicode's UAX #11. */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;

/** Whether a character is about twice as wide as a Latin letter; beyond U+FFFF, which holds emoji and rare CJK, all are taken to be. */
export const isWide = (character: string): boolean => character.length > 1 || wide.test(character);

/** Columns that a text takes in a terminal or a table: 1 per character, 2 per wide one. */
export const columnsOf = (text: string): number =>
  [...text].reduce((sum, character) => sum + (isWide(character) ? 2 : 1), 0);
