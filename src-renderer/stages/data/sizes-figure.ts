import { isLabelled } from '../../../src-main/contract/labels.ts';
import type { DatasetView } from '../../../src-main/contract/views.ts';
import { t } from '../../app/messages.ts';
import type { Figure } from '../../components/types.ts';

/** Circle diameter of the most frequent size, pixels. */
const largest = 36;
const smallest = 5;

/** Width against height of a dataset's images, one circle per size; its area shows how many images have that size. */
export function sizesFigure({ dataset, sizes, distinctSizes: inAll }: DatasetView): Figure {
  const most = Math.max(1, ...sizes.map(({ count }) => count));
  const names = [...dataset.classes].sort(
    (a, b) => Number(b === dataset.positive) - Number(a === dataset.positive),
  );
  return {
    data: names.map((name) => {
      const own = sizes.filter(({ className }) => className === name);
      return {
        type: 'scatter',
        mode: 'markers',
        name,
        x: own.map(({ width }) => width),
        y: own.map(({ height }) => height),
        text: own.map((size) => t('data.sizesHover', { size: sizeText(size), count: size.count })),
        hovertemplate: '%{text}<extra>%{fullData.name}</extra>',
        marker: {
          color: colourOf(name, dataset),
          opacity: 0.55,
          size: own.map(({ count }) => Math.max(smallest, largest * Math.sqrt(count / most))),
          line: { width: 0 },
        },
      };
    }),
    layout: {
      showlegend: false,
      hovermode: 'closest',
      margin: { t: 8, r: 8, b: 44, l: 56 },
      xaxis: { title: { text: t('data.sizesWidth') }, rangemode: 'tozero' },
      yaxis: { title: { text: t('data.sizesHeight') }, rangemode: 'tozero' },
    },
    description: describe(sizes, inAll),
  };
}

const colourOf = (name: string, dataset: DatasetView['dataset']): string => {
  if (!isLabelled(dataset)) return 'var(--accent)';
  return name === dataset.positive ? 'var(--positive)' : 'var(--negative)';
};

/** The sizes in a sentence. */
function describe(sizes: DatasetView['sizes'], inAll: number): string {
  const byArea = [...sizes].sort((a, b) => a.width * a.height - b.width * b.height);
  const [small, large, usual] = [byArea[0], byArea.at(-1), usualSize(sizes)];
  if (!small || !large || !usual) return '';
  if (inAll === 1) return t('data.sizesOne', { size: sizeText(small) });
  return t('data.sizesDescription', {
    sizes: inAll,
    small: sizeText(small),
    large: sizeText(large),
    usual: sizeText(usual),
    count: usual.count,
  });
}

/** The most frequent size over all classes; null if there are no images. */
export function usualSize(
  sizes: DatasetView['sizes'],
): { width: number; height: number; count: number } | null {
  const counts = new Map<string, { width: number; height: number; count: number }>();
  for (const { width, height, count } of sizes) {
    const key = `${width}×${height}`;
    counts.set(key, { width, height, count: count + (counts.get(key)?.count ?? 0) });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)[0] ?? null;
}

export const distinctSizes = (sizes: DatasetView['sizes']): number =>
  new Set(sizes.map(({ width, height }) => `${width}×${height}`)).size;

/** Without thousands separators: 1024 × 768. */
export const sizeText = ({ width, height }: { width: number; height: number }): string =>
  `${width} × ${height}`;
