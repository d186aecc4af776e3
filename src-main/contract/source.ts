/** A published source, as reports cite it. */
export type Source = {
  /** Its BibTeX key. */
  key: string;
  kind: 'article' | 'inproceedings' | 'misc';
  /** As BibTeX wants them: "Last, First and Last, First", at the end "and others" where some are left out. */
  author: string;
  title: string;
  year: number;
  /** Journal, book, or else where it is. */
  in: string;
  volume?: string;
  /** With "--" between the first and the last. */
  pages?: string;
  doi?: string;
};
