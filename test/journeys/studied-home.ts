import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { alterations, strengths } from '../../src-main/contract/studies.ts';
import type { NetworkName } from '../../src-main/contract/networks.ts';
import { defaultSettings } from '../../src-main/contract/settings.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { dataset, metrics, run, split } from '../registry/sample-records.ts';
import { largeHome } from '../renderer/large-home.ts';

const runs: readonly { id: string; network: NetworkName; seed: number; share: number; skill: number }[] = [
  { id: 'run-seed7', network: 'mobilenetv2', seed: 7, share: 1, skill: 0.5 },
  { id: 'run-seed8', network: 'mobilenetv2', seed: 8, share: 1, skill: 0.45 },
  { id: 'run-half', network: 'mobilenetv2', seed: 7, share: 0.5, skill: 0.35 },
  { id: 'run-tenth', network: 'mobilenetv2', seed: 7, share: 0.1, skill: 0.1 },
  { id: 'run-dense', network: 'densenet121', seed: 7, share: 1, skill: 0.4 },
];

/**
 * Makes a home whose split `sp-studied` has all that the tabs of studies show: several seeds, shares of the training set, altered
 * test scans, answers on another dataset (`ds-elsewhere`); and a table of sites, `sites.csv` beside it.
 */
export async function studiedHome(place: string): Promise<{ home: string; sites: string }> {
  const home = await largeHome(place, 200, 30);
  const registry = Registry.open(home);
  const { folder, classes, positive } = registry.datasets.get('ds-large');
  const images = registry.images.list('ds-large').map((image, n) => ({ ...image, n }));
  registry.splits.add(
    split('sp-studied', 'ds-large'),
    images.map(({ id, n }) => ({
      imageId: id,
      part: n % 2 === 0 ? 'test' : n % 10 === 1 ? 'validation' : 'train',
    })),
  );
  const test = images.filter(({ n }) => n % 2 === 0);
  const answer = (image: (typeof images)[number], skill: number, phase: number) => {
    const towards = image.className === positive ? skill : -skill;
    return Math.min(1, Math.max(0, 0.5 + towards / 2 + 0.35 * Math.sin(image.n * 7.3 + phase)));
  };
  for (const [at, { id, network, seed, share, skill }] of runs.entries()) {
    const settings = { ...defaultSettings(network, false, 96), seed, trainShare: share };
    const created = `2026-01-0${at + 1}T03:04:05.678Z`;
    registry.runs.add({
      ...{ ...run(id, 'sp-studied'), network, settings, created },
      ...{ status: 'done', bestEpoch: 3 },
    });
    registry.testPredictions.replace(
      id,
      test.map((image) => ({ imageId: image.id, probability: answer(image, skill, at) })),
    );
    registry.metrics.put({ ...metrics(id), images: test.length });
  }
  // Blur makes everything positive.
  registry.studies.putRobustness({
    runId: 'run-seed7',
    created: '2026-01-08T03:04:05.678Z',
    threshold: 0.5,
    imageIds: test.map(({ id }) => id),
    clean: test.map((image) => answer(image, 0.5, 0)),
    altered: alterations.flatMap((by) =>
      strengths.map((strength) => ({
        by,
        strength,
        probabilities: test.map((image) =>
          by === 'blur'
            ? Math.min(1, answer(image, 0.5, 0) + strength / 5)
            : answer(image, 0.5 - strength / 12, 0),
        ),
      })),
    ),
  });
  const elsewhere = images.slice(0, 60);
  registry.datasets.add(
    { ...dataset('ds-elsewhere', 'Elsewhere'), folder, classes, positive },
    elsewhere.map(({ id: _, n: __, datasetId: ___, ...image }) => image),
    [],
  );
  registry.studies.putValidation({
    ...{ runId: 'run-seed7', datasetId: 'ds-elsewhere', created: '2026-01-08T03:04:05.678Z' },
    ...{ threshold: 0.5, unread: 0 },
    answers: registry.images.list('ds-elsewhere').map(({ id }, n) => ({
      imageId: id,
      probability: answer(elsewhere[n]!, 0.3, 1),
      group: n,
      seen: n < 20 ? 'train' : null,
      exact: n < 20,
    })),
  });
  registry.close();
  const sites = path.join(place, 'sites.csv');
  const site = (n: number) => ['Seoul', 'Busan', 'Jeju'][Math.floor(n / 3) % 3]!;
  writeFileSync(sites, ['file,site', ...images.map(({ file, n }) => `${file},${site(n)}`), ''].join('\n'));
  return { home, sites };
}
