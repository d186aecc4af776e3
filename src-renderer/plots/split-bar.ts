import { partNames } from '../../src-main/contract/records.ts';
import type { PartCounts } from '../../src-main/contract/views.ts';
import { number, percent, t } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';
import { colourOfClass } from './class-balance.ts';
import { plain } from './colours.ts';
import { axisTitle, legendAbove } from './style.ts';

/** How many images of each class are in each part. */
export function splitBar(counts: PartCounts, positive: string): Figure {
  const classes = [...new Set(partNames.flatMap((part) => Object.keys(counts[part] ?? {})))].sort(
    // Tumour last, so that it lies at the same end in every bar.
    (a, b) => Number(a === positive) - Number(b === positive),
  );
  const of = (part: (typeof partNames)[number], name: string) => counts[part]?.[name] ?? 0;
  const whole = (part: (typeof partNames)[number]) => classes.reduce((sum, name) => sum + of(part, name), 0);
  const total = partNames.reduce((sum, part) => sum + whole(part), 0);
  const titles = partNames.map((part) => t(`common.plot.part.${part}`));
  return {
    data: classes.map((name) => ({
      type: 'bar' as const,
      orientation: 'h' as const,
      x: partNames.map((part) => of(part, name)),
      y: titles,
      name: plain(name),
      text: partNames.map((part) => number(of(part, name))),
      textposition: 'inside' as const,
      insidetextanchor: 'middle' as const,
      marker: {
        color: colourOfClass(name, positive),
        line: { color: 'var(--surface)', width: 1 },
      },
      hovertemplate: `%{y}: %{x}<extra>${plain(name)}</extra>`,
    })),
    layout: {
      ...legendAbove,
      barmode: 'stack',
      bargap: 0.35,
      xaxis: { ...axisTitle(t('common.plot.images')), rangemode: 'tozero' },
      yaxis: { automargin: true, autorange: 'reversed', showgrid: false },
    },
    description: partNames
      .map((part, at) =>
        t('common.plot.splitPart', {
          part: titles[at] ?? '',
          count: whole(part),
          share: percent(total ? whole(part) / total : null, 0),
          classes: classes.map((name) => `${name} ${number(of(part, name))}`).join(', '),
        }),
      )
      .join(' '),
    table: {
      columns: [t('common.plot.part.name'), ...classes, t('common.plot.images')],
      rows: partNames.map((part, at) => [
        titles[at] ?? '',
        ...classes.map((name) => of(part, name)),
        whole(part),
      ]),
    },
  };
}
