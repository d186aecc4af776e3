import type { Certificate } from '../contract/grouping.ts';
import type { Speech } from './words.ts';

/** What a split guarantees, as facts. */
export function certificateFacts(
  certificate: Certificate | null,
  { word, say, format }: Speech,
): (readonly [string, string])[] {
  if (!certificate) return [[word('checked'), say('certificateNone', {})]];
  const { groups, largestGroup, groupsAcross, twinsAcross, testImagesWithTwins, checked, grouping } =
    certificate;
  return [
    [
      word('groups'),
      say('certificateTwins', {
        pairs: twinsAcross,
        test: testImagesWithTwins,
        across: String(groupsAcross),
        groups,
      }),
    ],
    [
      word('grouping'),
      say('certificateGrouped', {
        by: grouping.by,
        pattern: grouping.by === 'pattern' ? grouping.pattern : '',
        largest: largestGroup,
      }),
    ],
    ...(certificate.patientsAcross === null
      ? []
      : [[word('patients'), say('certificatePatients', { patients: certificate.patientsAcross })] as const]),
    [
      word('checked'),
      checked === null
        ? say('certificateUnchecked', {})
        : say('certificateChecked', { when: format.dateTime(checked) }),
    ],
  ];
}
