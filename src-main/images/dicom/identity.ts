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
