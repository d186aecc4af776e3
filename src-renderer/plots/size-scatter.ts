import type { SizeCount } from '../../src-main/contract/views.ts';
import { number, t } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';
import { colourOfClass } from './class-balance.ts';
import { plain } from './colours.ts';
import { axisTitle, legendAbove } from './style.ts';

/** Diameter of the largest mark, pixels; its area stands for the count. */
const largest = 36;

/** Widths and heights of the images, a class a colour. */
export function sizeScatter(sizes: readonly SizeCount[], positive: string): Figure {
  const classes = [...new Set(sizes.map(({ className }) => className))];
  const most = Math.max(1, ...sizes.map(({ count }) => count));
  const commonest = sizes.reduce<SizeCount | null>((a, b) => (a && a.count >= b.count ? a : b), null);
  return {
    data: classes.map((name) => {
      const own = sizes.filter(({ className }) => className === name);
      return {
        type: 'scatter' as const,
        mode: 'markers' as const,
        x: own.map(({ width }) => width),
        y: own.map(({ height }) => height),
        name: plain(name),
        customdata: own.map(({ count }) => number(count)),
        hovertemplate: `%{x} × %{y} px: %{customdata}<extra>${plain(name)}</extra>`,
        marker: {
          color: colourOfClass(name, positive),
          symbol: name === positive ? ('diamond' as const) : ('circle' as const),
          opacity: 0.7,
          size: own.map(({ count }) => Math.max(6, largest * Math.sqrt(count / most))),
          line: { color: 'var(--surface)', width: 1 },
        },
      };
    }),
    layout: {
      ...legendAbove,
      // The legend would draw each class as large as its largest mark.
      legend: { ...legendAbove.legend, itemsizing: 'constant' },
      hovermode: 'closest',
      xaxis: { ...axisTitle(t('common.plot.width')), rangemode: 'tozero' },
      yaxis: { ...axisTitle(t('common.plot.height')), rangemode: 'tozero' },
    },
    description: commonest
      ? t('common.plot.sizes', {
          count: new Set(sizes.map(({ width, height }) => `${width}×${height}`)).size,
          width: commonest.width,
          height: commonest.height,
        })
      : t('common.plot.noSizes'),
    table: {
      columns: [
        t('common.plot.width'),
        t('common.plot.height'),
        t('common.plot.class'),
        t('common.plot.images'),
      ],
      rows: sizes.map(({ width, height, className, count }) => [width, height, className, count]),
    },
  };
}
