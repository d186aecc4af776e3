import { saltedHash } from '../../system/hashes.ts';
import type { DataSet } from './data-set.ts';
import { tags } from './tags.ts';

/** Pseudonymous identity: hashes that only this home can reproduce. */
export interface Identity {
  /** From the PatientID, otherwise from the study; null without either. */
  patient: string | null;
  study: string | null;
  series: string | null;
}

/**
 * @param salt the home's own.
 * The issuer of the PatientID is ignored: a file without it would split a patient in two, which leaks, while two patients of two
 * hospitals with the same number are only kept together.
 */
export function identityOf(set: DataSet, salt: string): Identity {
  const hashed = (tag: number) => {
    const value = set.text(tag);
    return value === null ? null : saltedHash(value, salt);
  };
  const study = hashed(tags.StudyInstanceUID);
  return { patient: hashed(tags.PatientID) ?? study, study, series: hashed(tags.SeriesInstanceUID) };
}

/**
 * Whether a path contains the patient's name or PatientID, as exports often do: the stored header values name no one, but paths are
 * stored and shown as they are. A part of at least three letters or digits must be one of its words, and one of at least six may be
 * inside a word.
 */
export function isNamedIn(set: DataSet, file: string): boolean {
  const wordsOf = (text: string): string[] =>
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const words = wordsOf(file);
  const id = wordsOf(set.text(tags.PatientID) ?? '').join('');
  const names = wordsOf(set.text(tags.PatientName) ?? '');
  const tells = (part: string) => part.length >= (/[\p{sc=Hangul}\p{sc=Han}]/u.test(part) ? 2 : 3);
  return (
    (id.length >= 6 && words.join('').includes(id)) ||
    [id, ...names].some((part) => tells(part) && words.includes(part))
  );
}
