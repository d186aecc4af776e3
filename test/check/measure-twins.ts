import { parseArgs } from 'node:util';
import { isTwin, type Fit } from '../../src-main/check/align.ts';
import { distinctScans, findMade, fitsOf, total, type Count, type Found } from './known-truth.ts';
import { alterations } from './check-fixtures.ts';

const help = `node build/run.mjs test/check/measure-twins.ts

Recall and precision of the search for twins on twins made of the distinct scans of ../shared/data, each alteration
and combinations; and what thresholds chosen on the scans of one dataset would find in the other.
`;

const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
if (values.help) process.stdout.write(help);
else await main(['navoneel', 'brain-tumor-dataset']);

async function main(datasets: string[]): Promise<void> {
  const scans = await distinctScans(datasets);
  const hows = Object.keys(alterations);
  process.stdout.write(
    `Distinct scans: ${scans.map(({ length }, i) => `${datasets[i]} ${length}`).join(', ')}.\n\n`,
  );
  const found: Found[] = [];
  for (const of of scans) found.push(await findMade(of, () => hows));
  process.stdout.write(
    `| alteration | ${datasets.join(' | ')} |\n| --- | ${datasets.map(() => '--:').join(' | ')} |\n`,
  );
  const line = (name: string, counts: Count[]) =>
    process.stdout.write(`| ${name} | ${counts.map(shareOf).join(' | ')} |\n`);
  for (const how of hows)
    line(
      how,
      found.map(({ recall }) => recall.get(how)!),
    );
  line(
    '**recall, all**',
    found.map(({ recall }) => total(recall.values())),
  );
  line(
    '**precision**',
    found.map(({ precision }) => precision),
  );
  for (const { wrong } of found) for (const pair of wrong) process.stdout.write(`\nCalled twins: ${pair}`);

  const fits: Awaited<ReturnType<typeof fitsOf>>[] = [];
  for (const of of scans) fits.push(await fitsOf(of, (scan) => hows[scan % hows.length]!));
  process.stdout.write(
    '\n\n| thresholds chosen on | detail ≥ | recall there | on the other | strangers taken for twins there |\n| --- | --: | --: | --: | --: |\n',
  );
  for (const [here, there] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const threshold = chosenOn(fits[here]!);
    const holds = (fit: Fit | null) =>
      fit !== null && isTwin({ ...fit, detail: fit.detail >= threshold ? 1 : 0 });
    const recall = (of: number) =>
      shareOf({ right: fits[of]!.twins.filter(holds).length, of: fits[of]!.twins.length });
    const { strangers } = fits[there]!;
    process.stdout.write(
      `| ${datasets[here]} | ${threshold.toFixed(3)} | ${recall(here)} | ${recall(there)} | ${strangers.filter(holds).length} of ${strangers.length} |\n`,
    );
  }
}

/** Midway between the detail of the most similar strangers and that of 98 % of twins. */
function chosenOn({ twins, strangers }: { twins: (Fit | null)[]; strangers: Fit[] }): number {
  const of = (fits: (Fit | null)[]) => fits.map((fit) => fit?.detail ?? 0).sort((a, b) => a - b);
  const [low, high] = [of(strangers).at(-1) ?? 0, of(twins)[Math.floor(0.02 * twins.length)]!];
  return (low + high) / 2;
}

function shareOf({ right, of }: Count): string {
  return `${(right / of).toFixed(3)} (${right}/${of})`;
}
