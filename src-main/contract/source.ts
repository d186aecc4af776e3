/** A published source, as reports cite it. */
export type Source = {
  /** Its BibTeX key. */
  key: string;
  kind: 'article' | 'inproceedings' | 'misc';
  /** As BibTeX expects them: "Last, First and Last, First", with "and others" at the end if some are left out. */
  author: string;
  title: string;
  year: number;
  /** Journal, book, or other place of publication. */
  in: string;
  volume?: string;
  /** With "--" between the first and the last. */
  pages?: string;
  doi?: string;
};
