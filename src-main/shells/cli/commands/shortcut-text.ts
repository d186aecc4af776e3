import type { Shortcut, ShortcutAudit } from '../../../contract/check.ts';
import type { Dataset } from '../../../contract/records.ts';
import type { Speech } from '../output.ts';
import { share } from '../text.ts';

/** A shortcut audit in words, a line for each kind and one for each reason. */
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

/** The border and the file hold nothing of the brain; grey levels and a small picture do. */
function advice(shortcuts: readonly Shortcut[], say: Speech['say']): string {
  const warned = shortcuts.filter(({ verdict }) => verdict === 'warn').map(({ kind }) => kind);
  if (warned.includes('file') || warned.includes('border')) return say('shortcutTrustNone', {});
  return warned.length > 0 ? say('shortcutCompare', {}) : say('shortcutNoWarning', {});
}

const line = ({ kind, balancedAccuracy, low, high, verdict }: Shortcut, say: Speech['say']): string =>
  `  ${share(balancedAccuracy)} (${say('range', { low: share(low), high: share(high) })})  ` +
  `${say('shortcutKind', { kind })}: ${say('shortcutVerdict', { verdict })}`;

const reasonLine = (
  { feature, share: alone, ...of }: Shortcut['reasons'][number],
  positive: string,
  negative: string,
  { words, say }: Speech,
): string =>
  `    ${words(feature)}: ${positive} ${words(of.positive)}, ${negative} ${words(of.negative)}; ` +
  say('shortcutAlone', { share: share(alone) });
