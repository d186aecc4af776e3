import type { Grouping } from '../../../src-main/contract/grouping.ts';
import type { Split } from '../../../src-main/contract/records.ts';
import type { SplitView } from '../../../src-main/contract/views.ts';
import { dateTime, number, percent, t } from '../../app/messages.ts';
import { totals } from './totals.ts';

/** How the images of a split were grouped, in words. */
export const groupingWords = (grouping: Grouping): string =>
  ({
    twins: t('split.certificate.by.twins'),
    patient: t('split.certificate.by.patient'),
    pattern: t('split.certificate.by.pattern', {
      pattern: grouping.by === 'pattern' ? grouping.pattern : '',
    }),
    none: t('split.certificate.by.none'),
  })[grouping.by];

/** How the parts were made. */
export function methodWords({ method, fold }: Split): string {
  if (fold) return t('split.certificate.fold', { at: fold.index + 1, of: fold.of });
  if (method === 'mended') return t('split.methodMended');
  return method === 'given' ? t('split.methodGiven') : t('split.methodDrawn');
}

export type Line = { label: string; value: string; help?: string; mono?: boolean };

/** What a split vouches for, line by line, the same on the screen and as text. */
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
          ...(certificate.patientsAcross === null
            ? []
            : [
                {
                  label: t('split.certificate.patientsAcross'),
                  value: number(certificate.patientsAcross),
                },
              ]),
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
    {
      label: t('split.certificate.shares'),
      value: t('split.certificate.sharesText', {
        test: percent(split.testFraction, 0),
        validation: percent(split.validationFraction, 0),
      }),
    },
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

/** A certificate to be kept with a paper: plain text, one line for each fact. */
export function certificateText(views: readonly SplitView[], dataset: string, falx: string): string {
  const papers = views.map((view) => linesOf(view, dataset).map(({ label, value }) => `${label}: ${value}`));
  return (
    [t('split.certificate.textTitle', { falx }), ...papers.map((lines) => lines.join('\n'))].join('\n\n') +
    '\n'
  );
}
