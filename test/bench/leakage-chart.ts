import type { Outcome, Tally } from './leakage.ts';

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 320, 64, 24, 48, 64];
const colours = { random: '#b45309', grouped: '#0f766e' };
const names = {
  random: 'random split, near twins on both sides',
  grouped: 'split by groups, no twin on both sides',
};

/**
 * Test accuracy of each training as a dot with its 95 % confidence interval (Wilson, 1927, JASA 22), one column per seed: a
 * self-contained picture, readable in light and dark.
 */
export function leakageChart(outcomes: readonly Outcome[]): string {
  const seeds = [...new Set(outcomes.map(({ seed }) => seed))];
  const intervals = outcomes.map((one) => ({ ...one, ...wilson(one.all) }));
  const lowest = Math.floor(20 * Math.min(...intervals.map(({ low }) => low)) - 0.2) / 20;
  const y = (share: number) => TOP + ((1 - share) / (1 - lowest)) * (HEIGHT - TOP - BOTTOM);
  const x = (seed: number, split: Outcome['split']) =>
    LEFT +
    ((seeds.indexOf(seed) + 0.5) / seeds.length) * (WIDTH - LEFT - RIGHT) +
    (split === 'random' ? -18 : 18);
  const steps = Array.from({ length: Math.round((1 - lowest) * 20) + 1 }, (_, i) => lowest + i / 20);
  const grid = steps.map(
    (share) =>
      `<path d="M${LEFT} ${y(share)}H${WIDTH - RIGHT}" stroke="#8886" stroke-width="1"/>` +
      `<text x="${LEFT - 8}" y="${y(share) + 4}" text-anchor="end">${share.toFixed(2)}</text>`,
  );
  const dots = intervals.map(({ seed, split, all, low, high }) => {
    const [at, colour] = [x(seed, split), colours[split]];
    return (
      `<path d="M${at} ${y(low)}V${y(high)}" stroke="${colour}" stroke-width="2"/>` +
      `<circle cx="${at}" cy="${y(all.right / all.of)}" r="6" fill="${colour}"/>` +
      `<text x="${at}" y="${y(low) + 16}" text-anchor="middle">${(all.right / all.of).toFixed(3)}</text>`
    );
  });
  const labels = seeds.map((seed) => {
    const middle = (x(seed, 'random') + x(seed, 'grouped')) / 2;
    return `<text x="${middle}" y="${HEIGHT - BOTTOM + 30}" text-anchor="middle">seed ${seed}</text>`;
  });
  const legend = (['random', 'grouped'] as const).map(
    (split, i) =>
      `<circle cx="${LEFT + 8 + 290 * i}" cy="${HEIGHT - 14}" r="6" fill="${colours[split]}"/>` +
      `<text x="${LEFT + 22 + 290 * i}" y="${HEIGHT - 10}">${names[split]}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif" font-size="13" fill="#777">`,
    '<title>Test accuracy on a random split and on a split by groups of twins</title>',
    `<text x="${LEFT}" y="24" font-size="15">Test accuracy with its 95 % confidence interval</text>`,
    ...grid,
    ...dots,
    ...labels,
    ...legend,
    '</svg>\n',
  ].join('\n');
}

function wilson({ right, of }: Tally): { low: number; high: number } {
  const [z, p] = [1.959964, right / of];
  const middle = (p + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const half = (z / (1 + z ** 2 / of)) * Math.sqrt((p * (1 - p)) / of + z ** 2 / (4 * of ** 2));
  return { low: middle - half, high: middle + half };
}
