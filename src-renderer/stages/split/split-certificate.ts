import { standingOf as shortcutStanding } from '../../../src-main/contract/check.ts';
import type { Certificate, Grouping } from '../../../src-main/contract/grouping.ts';
import { leftOutBy } from '../../../src-main/contract/leave-out.ts';
import type { Split } from '../../../src-main/contract/records.ts';
import type { SplitView } from '../../../src-main/contract/views.ts';
import { dateTime, number, percent, t } from '../../app/messages.ts';
import { totals } from './totals.ts';

/** How a split's images were grouped, in words. */
export const groupingWords = (grouping: Grouping): string =>
  ({
    twins: t('split.certificate.by.twins'),
    patient: t('split.certificate.by.patient'),
    pattern: t('split.certificate.by.pattern', {
      pattern: grouping.by === 'pattern' ? grouping.pattern : '',
    }),
    none: t('split.certificate.by.none'),
  })[grouping.by];

/** How the sets were made. */
export function methodWords({ method, fold }: Split): string {
  const left = leftOutBy(method);
  if (left) return t('studies.leftOut', { value: left.leftOut });
  if (fold) return t('split.certificate.fold', { at: fold.index + 1, of: fold.of });
  if (method === 'mended') return t('split.methodMended');
  return method === 'given' ? t('split.methodGiven') : t('split.methodDrawn');
}

export type Line = { label: string; value: string; help?: string; mono?: boolean };

/** The lines of a split's certificate, the same on screen and as text. */
export function linesOf({ split, classes }: SplitView, dataset: string): Line[] {
  const { certificate } = split;
  const sums = totals(classes);
  return [
    { label: t('split.certificate.dataset'), value: dataset },
    {
      label: t('split.certificate.parts'),
      value: t('split.certificate.counts', sums),
    },
    ...(certificate
      ? [
          {
            label: t('split.certificate.twinsAcross'),
            value: number(certificate.twinsAcross),
            help: t('split.certificate.twinsAcrossHelp'),
          },
          {
            label: t('split.certificate.testTwins'),
            value: t('split.certificate.testTwinsOf', {
              count: certificate.testImagesWithTwins,
              of: sums.test,
            }),
          },
          {
            label: t('split.certificate.patientsAcross'),
            value:
              certificate.patientsAcross === null
                ? t('split.certificate.patientsUnknown')
                : number(certificate.patientsAcross),
            help: t('split.certificate.patientsHelp'),
          },
          ...(certificate.searched
            ? [
                {
                  label: t('split.certificate.searched'),
                  value: t('split.certificate.searchedText', certificate.searched),
                  help: t('split.certificate.searchedHelp'),
                },
              ]
            : []),
          { label: t('split.certificate.grouping'), value: groupingWords(certificate.grouping) },
          {
            label: t('split.certificate.groups'),
            value: t('split.certificate.groupsText', {
              groups: certificate.groups,
              largest: certificate.largestGroup,
              across: certificate.groupsAcross,
            }),
          },
          {
            label: t('split.certificate.checked'),
            value: certificate.checked ? dateTime(certificate.checked) : t('split.certificate.unchecked'),
          },
          { label: t('split.certificate.dropped'), value: number(certificate.dropped) },
          ...(certificate.auditHead
            ? [
                {
                  label: t('split.certificate.trail'),
                  value: `${certificate.auditHead.number}:${certificate.auditHead.hash}`,
                  mono: true,
                  help: t('split.certificate.trailHelp'),
                },
              ]
            : []),
        ]
      : []),
    { label: t('split.certificate.method'), value: methodWords(split) },
    ...(keepsGiven(split) && certificate?.given
      ? [
          { label: t('split.certificate.given'), value: t('split.certificate.counts', certificate.given) },
          { label: t('split.certificate.moved'), value: number(certificate.moved) },
        ]
      : []),
    ...sharesLine(split),
    ...(certificate
      ? [{ label: t('split.certificate.shortcuts'), value: shortcutWords(certificate.shortcuts) }]
      : []),
    { label: t('split.seed'), value: String(split.seed) },
    { label: t('split.created'), value: dateTime(split.created) },
    { label: t('split.certificate.id'), value: split.id, mono: true },
    {
      label: t('split.certificate.hash'),
      value: split.hash,
      mono: true,
      help: t('split.certificate.hashHelp'),
    },
  ];
}

const keepsGiven = ({ method }: Split): boolean => method === 'given' || method === 'mended';

/** Only the fractions of random sets: a set given by the folders keeps its size. */
function sharesLine(split: Split): Line[] {
  const given = keepsGiven(split) ? split.certificate?.given : null;
  const asked = [
    ...(given && given.test > 0
      ? []
      : [t('split.certificate.shareTest', { share: percent(split.testFraction, 0) })]),
    ...(given && given.validation > 0
      ? []
      : [t('split.certificate.shareValidation', { share: percent(split.validationFraction, 0) })]),
  ];
  return asked.length > 0 ? [{ label: t('split.certificate.shares'), value: asked.join(', ') }] : [];
}

/** The findings of the shortcut audit, each kind with its figure. */
function shortcutWords(shortcuts: Certificate['shortcuts']): string {
  if (!shortcuts) return t('split.certificate.shortcutsNone');
  const words = shortcuts.found.map((one) =>
    t('split.certificate.shortcutOf', {
      kind: t(`check.shortcut.kind.${one.kind}`),
      accuracy: percent(one.balancedAccuracy, 0),
      standing: t(`check.shortcut.verdict.${shortcutStanding(one)}`),
    }),
  );
  return words.join('; ');
}

/** A certificate to archive with a paper: plain text, one fact per line. */
export function certificateText(views: readonly SplitView[], dataset: string, falx: string): string {
  const papers = views.map((view) => linesOf(view, dataset).map(({ label, value }) => `${label}: ${value}`));
  return (
    [t('split.certificate.textTitle', { falx }), ...papers.map((lines) => lines.join('\n'))].join('\n\n') +
    '\n'
  );
}
