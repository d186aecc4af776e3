import type { Certificate } from '../../src-main/contract/grouping.ts';
import { t } from '../app/messages.ts';

export type CertificateStatus = {
  kind: 'ok' | 'warn' | 'danger';
  /** A few words, for a badge. */
  short: string;
  /** A sentence. */
  long: string;
};

/** The summary of a split's certificate; a split made before certificates existed has none. */
export function certificateStatus(certificate: Certificate | null): CertificateStatus {
  if (certificate === null)
    return { kind: 'warn', short: t('common.certificate.unchecked'), long: t('common.certificate.noneLong') };
  const { twinsAcross, testImagesWithTwins, checked } = certificate;
  if (twinsAcross > 0)
    return {
      kind: 'danger',
      short: t('common.certificate.across', { count: twinsAcross }),
      long: t('common.certificate.acrossLong', { count: twinsAcross, test: testImagesWithTwins }),
    };
  if (checked === null)
    return {
      kind: 'warn',
      short: t('common.certificate.unchecked'),
      long: t('common.certificate.uncheckedLong'),
    };
  return {
    kind: 'ok',
    short: t('common.certificate.across', { count: 0 }),
    long: t('common.certificate.okLong'),
  };
}
