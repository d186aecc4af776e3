import { worstStanding } from '../../../src-main/contract/check.ts';
import type { FolderAudit } from '../../../src-main/contract/folder-audit.ts';
import { percent, t } from '../../app/messages.ts';

/** An audit's findings by severity: `danger` invalidates a result, `warn` may, `ok` was checked and not found. */
export type Finding = { kind: 'danger' | 'warn' | 'ok'; text: string };

export function findingsOf(found: FolderAudit): Finding[] {
  const { quarantined, exactDuplicates, mixedLabels, mergedClasses, patients, given, shortcuts } = found;
  return [
    leakOf(found),
    ...(patients && given
      ? [
          patients.testImages > 0
            ? danger(t('data.audit.patientsLeak', { count: patients.testImages, known: patients.known }))
            : ok(t('data.audit.patientsFine', { known: patients.known })),
        ]
      : []),
    mixedLabels > 0 ? danger(t('data.audit.mixed', { count: mixedLabels })) : ok(t('data.audit.notMixed')),
    ...(mergedClasses > 0 ? [danger(t('data.audit.merged', { count: mergedClasses }))] : []),
    ...(shortcuts
      ? [
          {
            warn: () => danger(t('data.audit.shortcutWarn')),
            either: () => warn(t('data.audit.shortcutEither')),
            notice: () => warn(t('data.audit.shortcutNotice')),
            slight: () => ok(t('data.audit.shortcutFine')),
            chance: () => ok(t('data.audit.shortcutFine')),
          }[worstStanding(shortcuts.shortcuts)](),
        ]
      : []),
    ...(exactDuplicates > 0 ? [warn(t('data.audit.duplicates', { count: exactDuplicates }))] : []),
    ...(quarantined > 0 ? [warn(t('data.audit.unreadable', { count: quarantined }))] : []),
  ];
}

function leakOf({ given, leaked, randomLeak }: FolderAudit): Finding {
  if (given) {
    if (!leaked || leaked.of === 0) return ok(t('data.audit.noTest'));
    const { count, of } = leaked;
    return count === 0
      ? ok(t('data.audit.noLeak', { of }))
      : danger(t('data.audit.leak', { count, of, share: percent(count / of, 0) }));
  }
  if (!randomLeak || randomLeak.count < 0.5) return ok(t('data.audit.noRandomLeak'));
  const { count, of } = randomLeak;
  const about = Math.max(1, Math.round(count));
  return warn(t('data.audit.randomLeak', { count: about, of, share: percent(count / of, 0) }));
}

const danger = (text: string): Finding => ({ kind: 'danger', text });
const warn = (text: string): Finding => ({ kind: 'warn', text });
const ok = (text: string): Finding => ({ kind: 'ok', text });
