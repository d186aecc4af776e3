import { standingOf, worstStanding, type Shortcut, type ShortcutAudit } from '../../../contract/check.ts';
import type { Dataset } from '../../../contract/records.ts';
import type { Speech } from '../output.ts';
import { share } from '../text.ts';

/** A shortcut audit as text, one line per kind and reason. */
export function shortcutLines(
  { classes, positive }: Dataset,
  { shortcuts }: ShortcutAudit,
  speech: Speech,
): string[] {
  const { say } = speech;
  const negative = classes.find((name) => name !== positive)!;
  const first = shortcuts[0];
  return [
    ...shortcuts.flatMap((shortcut) => [
      line(shortcut, say),
      ...shortcut.reasons.map((reason) => reasonLine(reason, positive, negative, speech)),
    ]),
    ...(first
      ? [
          say('shortcutFigures', {
            images: first.images,
            groups: first.groups,
            folds: String(first.folds),
            repeats: first.repeats,
          }),
        ]
      : []),
    advice(shortcuts, say),
  ];
}

/** The border and the file contain nothing of the brain; grey levels and a thumbnail do. */
function advice(shortcuts: readonly Shortcut[], say: Speech['say']): string {
  const worst = worstStanding(shortcuts);
  if (worst === 'warn') return say('shortcutTrustNone', {});
  return worst === 'either' ? say('shortcutCompare', {}) : say('shortcutNoWarning', {});
}

const line = (shortcut: Shortcut, say: Speech['say']): string => {
  const { kind, balancedAccuracy, low, high } = shortcut;
  return (
    `  ${share(balancedAccuracy)} (${say('range', { low: share(low), high: share(high) })})  ` +
    `${say('shortcutKind', { kind })}: ${say('shortcutVerdict', { verdict: standingOf(shortcut) })}`
  );
};

const reasonLine = (
  { feature, share: alone, ...of }: Shortcut['reasons'][number],
  positive: string,
  negative: string,
  { words, say }: Speech,
): string =>
  `    ${words(feature)}: ${positive} ${words(of.positive)}, ${negative} ${words(of.negative)}; ` +
  say('shortcutAlone', { share: share(alone) });
