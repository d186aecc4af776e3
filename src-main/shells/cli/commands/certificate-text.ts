import { worstStanding } from '../../../contract/check.ts';
import type { Certificate } from '../../../contract/grouping.ts';
import type { Speech } from '../output.ts';
import { when } from '../text.ts';

/** A split's guarantees as text. @param certificate null if the split was made before there were certificates. */
export function certificateLines(certificate: Certificate | null, say: Speech['say']): string[] {
  if (!certificate) return [say('certificateNone', {})];
  const { groups, largestGroup, groupsAcross, twinsAcross, testImagesWithTwins } = certificate;
  const { patientsAcross, patientKnown, moved, dropped, checked, grouping, searched, auditHead, shortcuts } =
    certificate;
  const { by } = grouping;
  const pattern = grouping.by === 'pattern' ? grouping.pattern : '';
  return [
    say('certificateLine', {
      told: say('certificateTwins', {
        pairs: twinsAcross,
        test: testImagesWithTwins,
        across: String(groupsAcross),
        groups,
      }),
    }),
    `  ${say('certificateGrouped', { by, pattern, largest: largestGroup })}`,
    ...(patientsAcross === null ? [] : [`  ${say('certificatePatients', { patients: patientsAcross })}`]),
    ...(patientKnown === 0 ? [`  ${say('certificatePatientsUnknown', {})}`] : []),
    ...(moved === null ? [] : [`  ${say('certificateMoved', { images: moved })}`]),
    ...(dropped > 0 ? [`  ${say('certificateDropped', { images: dropped })}`] : []),
    `  ${checked === null ? say('certificateUnchecked', {}) : say('certificateChecked', { when: when(checked) })}`,
    ...(searched ? [`  ${say('certificateSearched', searched)}`] : []),
    ...(shortcuts
      ? [
          `  ${say('certificateShortcuts', { standing: worstStanding(shortcuts.found), when: when(shortcuts.created) })}`,
        ]
      : []),
    ...(auditHead ? [`  ${say('certificateTrail', { head: `${auditHead.number}:${auditHead.hash}` })}`] : []),
  ];
}
