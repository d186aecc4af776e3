/** Hangul, and other characters as wide as two Latin ones. */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g;

/** Width of a text in a terminal or a table: Latin letters take one column, Hangul two. */
export const columnsOf = (text: string): number => text.length + (text.match(wide)?.length ?? 0);
