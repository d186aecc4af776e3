import { number, percent, t } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';
import { plain } from './colours.ts';
import { axisTitle } from './style.ts';

/** How many images each class has. @param classes class name → images. */
export function classBalance(classes: Readonly<Record<string, number>>, positive: string): Figure {
  const entries = Object.entries(classes);
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  const share = (count: number) => percent(total ? count / total : null);
  return {
    data: [
      {
        type: 'bar',
        orientation: 'h',
        x: entries.map(([, count]) => count),
        y: entries.map(([name]) => plain(name)),
        text: entries.map(([, count]) => `${number(count)} · ${share(count)}`),
        textposition: 'auto',
        cliponaxis: false,
        marker: { color: entries.map(([name]) => colourOfClass(name, positive)) },
        hoverinfo: 'skip',
      },
    ],
    layout: {
      showlegend: false,
      bargap: 0.4,
      xaxis: { ...axisTitle(t('common.plot.images')), rangemode: 'tozero' },
      yaxis: { automargin: true, autorange: 'reversed', showgrid: false },
    },
    description: [
      t('common.plot.balance', { count: total }),
      ...entries.map(([name, count]) => `${name}: ${number(count)} (${share(count)}).`),
    ].join(' '),
    table: {
      columns: [t('common.plot.class'), t('common.plot.images'), t('common.plot.share')],
      rows: entries.map(([name, count]) => [name, count, share(count)]),
    },
  };
}

export const colourOfClass = (name: string, positive: string): string =>
  name === positive ? 'var(--positive)' : 'var(--negative)';
