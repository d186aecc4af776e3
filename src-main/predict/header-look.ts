import { notice, type Notice } from '../contract/answers.ts';
import type { Facts } from '../images/facts.ts';

/** What a DICOM header says of a picture that bears on whether the network can answer it. */
export type HeaderLook = { modality: string | null; bodyPart: string | null };

export const lookAtHeader = (facts: Facts | null): HeaderLook => ({
  modality: textOf(facts?.['modality']),
  bodyPart: textOf(facts?.['bodyPart']),
});

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Body parts under which a scan of the brain is filed: PS3.16, CID 4031 and annex L, as written in headers. */
const ofHead =
  /BRAIN|HEAD|SKULL|CRANI|NEURO|CEREB|ENCEPHAL|FOSSA|SELLA|PITUITARY|ORBIT|^IAC$|TEMPORAL|WHOLEBODY|^NECK$/;

/** Body parts of PS3.16 annex L whose scans show no brain. */
const elsewhere =
  /CHEST|LUNG|THORA|HEART|CARDIAC|CORONARY|BREAST|ABDOMEN|LIVER|KIDNEY|PELVIS|PROSTATE|UTERUS|BLADDER|SPINE|SHOULDER|ELBOW|WRIST|HAND|FINGER|HIP|KNEE|ANKLE|FOOT|LEG|ARM|FEMUR|HUMERUS|TIBIA|COLON|RECTUM|STOMACH|PANCREAS|SPLEEN|AORTA|JAW|TOOTH|TEETH|MAXILLA|MANDIBLE/;

/** Notices from a picture's header alone. @param expected modalities named in the training scans' headers; MR if none was named. */
export function headerNotices({ modality, bodyPart }: HeaderLook, expected: readonly string[]): Notice[] {
  const usual = expected.length > 0 ? expected : ['MR'];
  const notices: Notice[] = [];
  if (modality !== null && !usual.includes(modality))
    notices.push(notice('noticeModality', 'refusal', { modality, expected: usual.join(', ') }));
  if (bodyPart !== null && !ofHead.test(bodyPart))
    notices.push(
      notice('noticeBodyPart', elsewhere.test(bodyPart) ? 'refusal' : 'warning', { part: bodyPart }),
    );
  return notices;
}
