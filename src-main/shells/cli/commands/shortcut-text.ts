import type { Shortcut, ShortcutAudit } from '../../../contract/check.ts';
import type { Told } from '../../../contract/messages/say.ts';
import type { Dataset } from '../../../contract/records.ts';
import { counted, share } from '../text.ts';

/** A shortcut audit in words, a line for each kind and one for each reason. */
export function shortcutLines(
  { classes, positive }: Dataset,
  { shortcuts }: ShortcutAudit,
  words: (told: Told) => string,
): string[] {
  const negative = classes.find((name) => name !== positive)!;
  const first = shortcuts[0];
  return [
    ...shortcuts.flatMap((shortcut) => [
      line(shortcut),
      ...shortcut.reasons.map((reason) => reasonLine(reason, positive, negative, words)),
    ]),
    ...(first
      ? [
          `Balanced accuracy (0.5 is chance) with its 95 % interval, of ${counted(first.images, 'image')} in ` +
            `${counted(first.groups, 'group')}, ${first.folds} folds` +
            `${first.repeats > 1 ? `, dealt ${first.repeats} times` : ''}.`,
        ]
      : []),
    advice(shortcuts),
  ];
}

/** The border and the file hold nothing of the brain; grey levels and a small picture do. */
function advice(shortcuts: readonly Shortcut[]): string {
  const warned = shortcuts.filter(({ verdict }) => verdict === 'warn').map(({ kind }) => kind);
  if (warned.includes('file') || warned.includes('border'))
    return 'A network can do as well without looking at the brain: trust no accuracy on this dataset before that is mended.';
  if (warned.length > 0)
    return 'A network need not look at any detail of the brain: compare it with these numbers, not with 0.5.';
  return 'No warning: what a network must beat is the highest of these numbers.';
}

const names: Record<Shortcut['kind'], string> = {
  file: 'the files alone (size, format)',
  border: 'the border alone',
  histogram: 'the grey levels alone, wherever they lie',
  thumbnail: '16 × 16 pixels',
};

const verdicts: Record<Shortcut['verdict'], string> = {
  fine: 'not told from chance',
  notice: 'more than chance',
  warn: 'WARNING: tells the classes apart',
};

const line = ({ kind, balancedAccuracy, low, high, verdict }: Shortcut): string =>
  `  ${share(balancedAccuracy)} (${share(low)} to ${share(high)})  ${names[kind]}: ${verdicts[verdict]}`;

const reasonLine = (
  { feature, share: alone, ...of }: Shortcut['reasons'][number],
  positive: string,
  negative: string,
  words: (told: Told) => string,
): string =>
  `    ${words(feature)}: ${positive} ${words(of.positive)}, ${negative} ${words(of.negative)}; alone ${share(alone)}`;
