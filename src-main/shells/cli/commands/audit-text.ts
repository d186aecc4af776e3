import type { Audit } from '../../../folder-audit/folder-audit.ts';
import type { CheckedGroup } from '../../../check/report.ts';
import { inEnglish, type Told } from '../../../contract/messages/say.ts';
import { isLabelled } from '../../../contract/labels.ts';
import { partNames } from '../../../contract/records.ts';
import { counted } from '../text.ts';
import { certificateLines } from './certificate-text.ts';
import { likenessInWords } from './check-text.ts';
import { shortcutLines } from './shortcut-text.ts';

/** How many pairs and groups are named; `--json` has all. */
const NAMED = 10;

/** An audit in words: what leaks, what is labelled twice, what gives the classes away, and what was mended. */
export function auditText(
  audit: Audit,
  csv: string | null,
  words: (told: Told) => string = inEnglish,
): string {
  const { imported, checked, shortcuts, withoutShortcuts } = audit;
  const { dataset } = imported;
  return [
    `${dataset.id}  ${dataset.name}: ${counted(checked.images, 'image')} of ${counted(checked.distinctScans, 'distinct scan')}, ` +
      `${counted(checked.exactDuplicates, 'exact duplicate')}`,
    ...(imported.quarantined.length > 0
      ? [`  ${counted(imported.quarantined.length, 'file')} could not be read: falx show ${dataset.id}`]
      : []),
    '',
    ...leakLines(audit),
    ...patientLines(audit),
    ...(isLabelled(dataset) ? labelLines(checked.groups) : []),
    '',
    ...(shortcuts
      ? [
          'How well the classes are told apart without the brain:',
          ...shortcutLines(dataset, shortcuts, words),
        ]
      : [`No shortcut audit: ${withoutShortcuts ? words(withoutShortcuts) : ''}`]),
    '',
    ...repairLines(audit, csv),
  ].join('\n');
}

function leakLines({ given, checked, leaks }: Audit): string[] {
  const { leaked, randomLeak } = checked;
  if (given && leaked) {
    const images = partNames.map((part) => `${part} ${given[part]}`).join(', ');
    if (leaked.of === 0)
      return [`It came in parts (${images}), none of them a test part: nothing can leak into it.`];
    return [
      `It came in parts: ${images}.`,
      leaked.count === 0
        ? `No test image has a twin in training or validation.`
        : `LEAK: ${leaked.count} of ${counted(leaked.of, 'test image')} (${percent(leaked)}) have a twin in training or validation.`,
      ...leaks
        .slice(0, NAMED)
        .map((leak) => `  ${leak.image.file} = ${leak.twin.file}: ${likenessInWords(leak)}`),
      ...andMore(leaks.length),
    ];
  }
  if (!randomLeak || randomLeak.count < 0.5)
    return ['It came in no parts. A random 80/20 split would leak next to nothing.'];
  return [
    `It came in no parts. A random 80/20 split would put a twin of ${randomLeak.count.toFixed(randomLeak.count < 10 ? 1 : 0)} of ` +
      `${counted(randomLeak.of, 'test image')} (${percent(randomLeak)}) into training, as is expected by chance.`,
  ];
}

function patientLines({ patients, given }: Audit): string[] {
  if (!patients || !given) return [];
  const { known, testImages } = patients;
  return [
    testImages === 0
      ? `${counted(known, 'patient')} known, none of them in test and in training or validation.`
      : `LEAK: ${counted(testImages, 'test image')} of patients who are in training or validation too (${known} known).`,
  ];
}

function labelLines(groups: readonly CheckedGroup[]): string[] {
  const mixed = groups.filter(({ mixedLabels }) => mixedLabels);
  if (mixed.length === 0) return ['No scan has both labels.'];
  return [
    `${counted(mixed.length, 'scan')} with both labels, one of which must be wrong:`,
    ...mixed.slice(0, NAMED).map(({ first, twins }) => {
      const other = twins.find(({ className }) => className !== first.className) ?? twins[0]!;
      return `  ${first.file} = ${other.file}: ${likenessInWords(other)}`;
    }),
    ...andMore(mixed.length),
  ];
}

const andMore = (count: number): string[] => (count > NAMED ? [`  and ${count - NAMED} more: --json`] : []);

const percent = ({ count, of }: { count: number; of: number }): string =>
  `${((100 * count) / of).toFixed(0)} %`;

function repairLines({ repaired, imported, given }: Audit, csv: string | null): string[] {
  if (!isLabelled(imported.dataset)) return [];
  if (!repaired)
    return [
      `Next: falx audit ${JSON.stringify(imported.dataset.folder)} --repair makes a split that leaks nothing.`,
    ];
  const { split, counts, moved } = repaired;
  return [
    `Repaired: ${split.id}, ${partNames.map((part) => `${part} ${counts[part]}`).join(', ')}` +
      `${given ? `; ${counted(moved, 'image')} moved, whole groups at a time` : ', drawn anew'}`,
    ...certificateLines(split.certificate),
    ...(csv === null ? [] : [`Written: ${csv}`]),
    `Next: falx train ${split.id}`,
  ];
}
