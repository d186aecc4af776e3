import type { Certificate, Grouping } from '../../../contract/grouping.ts';
import { counted, when } from '../text.ts';

/** What a split vouches for, in words. @param certificate null for a split that was made before there were any. */
export function certificateLines(certificate: Certificate | null): string[] {
  if (!certificate) return ['Certificate: none, it was split before Falx kept twins together'];
  const { groups, largestGroup, groupsAcross, twinsAcross, testImagesWithTwins } = certificate;
  const { patientsAcross, dropped, checked, grouping } = certificate;
  return [
    `Certificate: ${counted(twinsAcross, 'pair')} of twins across parts` +
      `${testImagesWithTwins > 0 ? ` (${counted(testImagesWithTwins, 'test image')} with a twin in another part)` : ''}, ` +
      `${groupsAcross} of ${counted(groups, 'group')} across parts`,
    `  grouped by ${groupingInWords(grouping)}; the largest group has ${counted(largestGroup, 'image')}`,
    ...(patientsAcross === null ? [] : [`  ${counted(patientsAcross, 'patient')} in more than one part`]),
    ...(dropped > 0 ? [`  ${counted(dropped, 'image')} dropped: in no part`] : []),
    checked === null
      ? '  near twins were not looked for: only exact duplicates are known'
      : `  twins were looked for ${when(checked)}`,
  ];
}

function groupingInWords(grouping: Grouping): string {
  if (grouping.by === 'pattern') return `the pattern ${grouping.pattern}, and twins`;
  return { twins: 'twins', patient: 'patient, and twins', none: 'exact duplicates alone' }[grouping.by];
}
