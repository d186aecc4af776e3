import type { LayoutAxis } from 'plotly.js-dist';
import type { Epoch } from '../../src-main/contract/records.ts';
import { measureLabel, number, percent, t } from '../app/messages.ts';
import type { Figure } from '../components/types.ts';
import { plain } from './colours.ts';
import { axisTitle, colourOf, dashOf, legendAbove, symbolOf, type PlottedRun } from './style.ts';

export type RunCurve = PlottedRun & { epochs: readonly Epoch[]; bestEpoch?: number | null | undefined };

/** Loss or accuracy by epoch: the training set dotted, the validation set with markers, the best epoch ringed. */
export function lossCurves(runs: readonly RunCurve[], which: 'loss' | 'accuracy'): Figure {
  const written = (x: number | null) => (which === 'loss' ? number(x, 4) : percent(x));
  const valuesOf = (epochs: readonly Epoch[], part: 'train' | 'validation') =>
    epochs.map((epoch) => {
      if (part === 'train') return which === 'loss' ? epoch.trainLoss : epoch.trainAccuracy;
      return which === 'loss' ? epoch.validationLoss : epoch.validationAccuracy;
    });
  const hover = which === 'loss' ? '%{y:.4f}' : '%{y:.1%}';
  const data = runs.flatMap((run) => {
    const x = run.epochs.map(({ epoch }) => epoch);
    const colour = colourOf(run.network);
    const validation = valuesOf(run.epochs, 'validation');
    const best = run.epochs.findIndex(({ epoch }) => epoch === run.bestEpoch);
    const common = { type: 'scatter', x, legendgroup: run.runId, hovertemplate: hover } as const;
    const traces: Figure['data'] = [
      {
        ...common,
        y: valuesOf(run.epochs, 'train'),
        mode: 'lines',
        name: t('common.plot.training', { run: plain(run.name) }),
        line: { color: colour, width: 1.5, dash: 'dot' },
      },
    ];
    if (validation.some((value) => value !== null))
      traces.push({
        ...common,
        y: validation,
        // Markers of hundreds of epochs would hide the line and be slow to draw.
        mode: x.length > 60 ? 'lines' : 'lines+markers',
        name: t('common.plot.validation', { run: plain(run.name) }),
        line: { color: colour, width: 2, dash: dashOf(run, runs) },
        marker: { color: colour, size: 6, symbol: symbolOf(run.network) },
      });
    if (best >= 0 && validation[best] != null)
      traces.push({
        ...common,
        x: [x[best]!],
        y: [validation[best]],
        mode: 'markers',
        name: t('common.plot.best', { run: plain(run.name) }),
        showlegend: false,
        hoverinfo: 'skip',
        marker: { color: 'var(--surface)', size: 12, symbol: 'circle', line: { color: colour, width: 2 } },
      });
    return traces;
  });
  return {
    data,
    layout: {
      ...legendAbove,
      hovermode: 'x unified',
      xaxis: { ...axisTitle(t('common.plot.epoch')), ...epochAxis(lastEpoch(runs)) },
      yaxis:
        which === 'loss'
          ? { ...axisTitle(t('common.plot.loss')), rangemode: 'tozero' }
          : { ...axisTitle(measureLabel('accuracy')), tickformat: '.3~p' }, // 72.1%, rather than 72% three times
    },
    description: describe(runs, which, written),
    table: {
      columns: [
        t('common.plot.run'),
        t('common.plot.epoch'),
        t('common.plot.part.train'),
        t('common.plot.part.validation'),
      ],
      rows: runs.flatMap((run) => {
        const [train, validation] = [valuesOf(run.epochs, 'train'), valuesOf(run.epochs, 'validation')];
        return run.epochs.map(({ epoch }, at) => [
          run.name,
          epoch,
          written(train[at] ?? null),
          written(validation[at] ?? null),
        ]);
      }),
    },
  };
}

export const lastEpoch = (runs: readonly RunCurve[]): number =>
  Math.max(1, ...runs.map(({ epochs }) => epochs.at(-1)?.epoch ?? 0));

/** About ten ticks, at whole epochs only; plotly's own would fall between epochs where there are few. */
export function epochAxis(last: number): Partial<LayoutAxis> {
  const least = last / 12;
  const scale = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  const dtick = [1, 2, 5, 10].map((step) => step * scale).find((step) => step >= least)!;
  return { range: [0.5, last + 0.5], tickmode: 'linear', tick0: 0, dtick, tickformat: 'd' };
}

function describe(
  runs: readonly RunCurve[],
  which: 'loss' | 'accuracy',
  written: (x: number | null) => string,
): string {
  const ends = runs.flatMap(({ name, epochs }) => {
    const last = epochs.at(-1);
    if (!last) return [];
    const [train, validation] =
      which === 'loss'
        ? [last.trainLoss, last.validationLoss]
        : [last.trainAccuracy, last.validationAccuracy];
    return t('common.plot.curvesEnd', {
      run: name,
      epoch: last.epoch,
      train: written(train),
      validation: written(validation),
    });
  });
  return [t(`common.plot.curves.${which}`, { count: runs.length }), ...ends].join(' ');
}
