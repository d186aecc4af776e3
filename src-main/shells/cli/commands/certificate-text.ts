import type { Certificate } from '../../../contract/grouping.ts';
import type { Speech } from '../output.ts';
import { when } from '../text.ts';

/** What a split vouches for, in words. @param certificate null for a split that was made before there were any. */
export function certificateLines(certificate: Certificate | null, say: Speech['say']): string[] {
  if (!certificate) return [say('certificateNone', {})];
  const { groups, largestGroup, groupsAcross, twinsAcross, testImagesWithTwins } = certificate;
  const { patientsAcross, dropped, checked, grouping, auditHead } = certificate;
  const { by } = grouping;
  const pattern = grouping.by === 'pattern' ? grouping.pattern : '';
  return [
    say('certificateTwins', {
      pairs: twinsAcross,
      test: testImagesWithTwins,
      across: String(groupsAcross),
      groups,
    }),
    `  ${say('certificateGrouped', { by, pattern, largest: largestGroup })}`,
    ...(patientsAcross === null ? [] : [`  ${say('certificatePatients', { patients: patientsAcross })}`]),
    ...(dropped > 0 ? [`  ${say('certificateDropped', { images: dropped })}`] : []),
    `  ${checked === null ? say('certificateUnchecked', {}) : say('certificateChecked', { when: when(checked) })}`,
    ...(auditHead ? [`  ${say('certificateTrail', { head: `${auditHead.number}:${auditHead.hash}` })}`] : []),
  ];
}
