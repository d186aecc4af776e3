import { saltedHash } from '../../system/hashes.ts';
import type { DataSet } from './data-set.ts';
import { tags } from './tags.ts';

/** Whose scan it is, without saying so: hashes that only this home can repeat. */
export interface Identity {
  /** Of the PatientID, else of the study; null without either. */
  patient: string | null;
  study: string | null;
  series: string | null;
}

/**
 * @param salt the home's own.
 *
 * The issuer of the PatientID has no say: a file that lacks it would part a patient from himself, which leaks, while
 * two patients of two hospitals under one number are only kept together.
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
 * Whether a path has the patient's name or PatientID in it, as exports often have: what is kept of the header names no
 * one, but paths are kept and shown as they are. A part of three letters or digits at least must be one of its words, and
 * one of six may be within a word.
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
