import { worstStanding, type CheckView } from '../../../src-main/contract/check.ts';
import type { DatasetView } from '../../../src-main/contract/views.ts';
import { t } from '../../app/messages.ts';
import type { Tab } from '../../components/types.ts';

/** What a check can be looked at for; in the address as `look`. */
export type Look = 'twins' | 'parts' | 'shortcuts' | 'labels' | 'quarantine';

/** The tabs of a check, with how much there is to look at. */
export function tabsOf(view: CheckView, { quarantined }: DatasetView): (Tab & { value: Look })[] {
  return [
    { value: 'twins', label: t('check.tab.twins'), count: view.groups },
    ...(view.leaked
      ? [{ value: 'parts' as const, label: t('check.tab.parts'), count: view.leaked.count }]
      : []),
    { value: 'shortcuts', label: t('check.tab.shortcuts'), badge: badgeOf(view.shortcuts) },
    // What models contradict lies here too, and is not counted: a nought would be wrong.
    {
      value: 'labels',
      label: t('check.tab.labels'),
      ...(view.mixedLabels > 0 && { count: view.mixedLabels }),
    },
    { value: 'quarantine', label: t('check.tab.quarantine'), count: quarantined },
  ];
}

const kinds = { chance: 'ok', slight: 'ok', notice: 'warn', either: 'warn', warn: 'danger' } as const;

/** The worst verdict of the audit; nothing before there is one. */
function badgeOf(audit: CheckView['shortcuts']): Tab['badge'] {
  if (!audit) return undefined;
  const standing = worstStanding(audit.shortcuts);
  return { kind: kinds[standing], text: t(`common.shortcutsFound.${standing}`) };
}
