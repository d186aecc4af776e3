import { worstStanding, type CheckView } from '../../../src-main/contract/check.ts';
import type { DatasetView } from '../../../src-main/contract/views.ts';
import { t } from '../../app/messages.ts';
import type { Tab } from '../../components/types.ts';

/** The views of a check; the `look` parameter of the address. */
export type Look = 'twins' | 'parts' | 'shortcuts' | 'labels' | 'quarantine';

/** The tabs of a check, with their counts. */
export function tabsOf(view: CheckView, { quarantined }: DatasetView): (Tab & { value: Look })[] {
  return [
    { value: 'twins', label: t('check.tab.twins'), count: view.groups },
    ...(view.leaked
      ? [{ value: 'parts' as const, label: t('check.tab.parts'), count: view.leaked.count }]
      : []),
    { value: 'shortcuts', label: t('check.tab.shortcuts'), badge: badgeOf(view.shortcuts) },
    // Labels that the models contradict are here too, uncounted: a count of zero would be wrong.
    {
      value: 'labels',
      label: t('check.tab.labels'),
      ...(view.mixedLabels > 0 && { count: view.mixedLabels }),
    },
    { value: 'quarantine', label: t('check.tab.quarantine'), count: quarantined },
  ];
}

const kinds = { chance: 'ok', slight: 'ok', notice: 'warn', either: 'warn', warn: 'danger' } as const;

/** The worst verdict of the audit; undefined before there is one. */
function badgeOf(audit: CheckView['shortcuts']): Tab['badge'] {
  if (!audit) return undefined;
  const standing = worstStanding(audit.shortcuts);
  return { kind: kinds[standing], text: t(`common.shortcutsFound.${standing}`) };
}
