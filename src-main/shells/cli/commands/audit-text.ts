import { isLabelled } from '../../../contract/labels.ts';
import { message } from '../../../contract/messages/catalogue.ts';
import { partNames } from '../../../contract/records.ts';
import type { Audit, Contradiction } from '../../../folder-audit/folder-audit.ts';
import type { Speech } from '../output.ts';
import { certificateLines } from './certificate-text.ts';
import { similarityText } from './check-text.ts';
import { shortcutLines } from './shortcut-text.ts';

/** Number of pairs and groups that are named; `--json` has all. */
const NAMED = 10;

type Say = Speech['say'];

/** An audit as text: leaks, contradicting labels, shortcuts, and repairs. */
export function auditText(audit: Audit, csv: string | null, speech: Speech): string {
  const { imported, checked, shortcuts, withoutShortcuts } = audit;
  const { dataset } = imported;
  const { words, say } = speech;
  return [
    say('auditedHead', {
      id: dataset.id,
      name: dataset.name,
      images: checked.images,
      scans: checked.distinctScans,
      duplicates: checked.exactDuplicates,
    }),
    ...(imported.quarantined.length > 0
      ? [`  ${say('auditedUnread', { count: imported.quarantined.length, id: dataset.id })}`]
      : []),
    '',
    ...leakLines(audit, say),
    ...patientLines(audit, say),
    ...(isLabelled(dataset) ? labelLines(audit, say) : []),
    '',
    ...(shortcuts
      ? [say('shortcutsTitle', {}), ...shortcutLines(dataset, shortcuts, speech)]
      : [say('auditedNoShortcuts', { reason: withoutShortcuts ? words(withoutShortcuts) : '' })]),
    '',
    ...repairLines(audit, csv, say),
  ].join('\n');
}

/** "train 120, validation 20, test 40" */
const partCounts = (counts: Readonly<Record<(typeof partNames)[number], number>>, say: Say): string =>
  partNames
    .map((part) =>
      say('auditedPartCount', { part: message('partName', { part }), count: String(counts[part]) }),
    )
    .join(', ');

function leakLines({ given, checked, leaks }: Audit, say: Say): string[] {
  const { leaked, randomLeak } = checked;
  if (given && leaked) {
    const parts = partCounts(given, say);
    if (leaked.of === 0) return [say('auditedNoTest', { parts })];
    return [
      say('auditedParts', { parts }),
      leaked.count === 0
        ? say('auditedNoLeak', {})
        : say('auditedLeak', { count: String(leaked.count), of: leaked.of, percent: percent(leaked) }),
      ...leaks
        .slice(0, NAMED)
        .map((leak) => `  ${leak.image.file} = ${leak.twin.file}: ${similarityText(leak, say)}`),
      ...andMore(leaks.length, say),
    ];
  }
  if (!randomLeak || randomLeak.count < 0.5) return [say('auditedNoParts', {})];
  const { count, of } = randomLeak;
  return [
    say('auditedRandomLeak', { count: count.toFixed(count < 10 ? 1 : 0), of, percent: percent(randomLeak) }),
  ];
}

function patientLines({ patients, given }: Audit, say: Say): string[] {
  if (!patients || !given) return [];
  const { known, testImages } = patients;
  return [
    testImages === 0
      ? say('auditedPatients', { known })
      : say('auditedPatientLeak', { images: testImages, known: String(known) }),
  ];
}

function labelLines({ mixed, merged }: Audit, say: Say): string[] {
  const pairs = (some: readonly Contradiction[]) => [
    ...some
      .slice(0, NAMED)
      .map(({ one, other }) => `  ${one.file} = ${other.file}: ${similarityText(other, say)}`),
    ...andMore(some.length, say),
  ];
  return [
    ...(mixed.length === 0
      ? [say('auditedNoMixed', {})]
      : [say('auditedMixed', { count: mixed.length }), ...pairs(mixed)]),
    ...(merged.length === 0 ? [] : [say('auditedMerged', { count: merged.length }), ...pairs(merged)]),
  ];
}

const andMore = (count: number, say: Say): string[] =>
  count > NAMED ? [`  ${say('auditedMore', { count: count - NAMED })}`] : [];

const percent = ({ count, of }: { count: number; of: number }): string => ((100 * count) / of).toFixed(0);

function repairLines({ repaired, imported, given }: Audit, csv: string | null, say: Say): string[] {
  if (!isLabelled(imported.dataset)) return [];
  if (!repaired) return [say('auditedRepair', { folder: JSON.stringify(imported.dataset.folder) })];
  const { split, counts, moved } = repaired;
  return [
    say('auditedRepaired', {
      split: split.id,
      parts: partCounts(counts, say),
      given: given ? 'yes' : 'no',
      moved,
    }),
    ...certificateLines(split.certificate, say),
    ...(csv === null ? [] : [say('fileWritten', { file: csv })]),
    say('next', { command: `falx train ${split.id}` }),
  ];
}
