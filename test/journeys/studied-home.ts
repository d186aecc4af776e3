import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { alterations, strengths } from '../../src-main/contract/studies.ts';
import type { Metrics } from '../../src-main/contract/records.ts';
import type { NetworkName } from '../../src-main/contract/networks.ts';
import { defaultSettings } from '../../src-main/contract/settings.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { dataset, metrics, run, split } from '../registry/sample-records.ts';
import { largeHome } from '../renderer/large-home.ts';
import { byHand } from './by-hand.ts';

/** The metrics an evaluation stores, by their definitions. */
function metricsOf(runId: string, labels: readonly (0 | 1)[], probabilities: readonly number[]): Metrics {
  const { confusion, AUC, F1 } = byHand(labels, probabilities);
  const { tp, fp, tn, fn } = confusion;
  const share = (count: number, of: number) => ({ value: count / of, count, of });
  return {
    ...metrics(runId),
    images: labels.length,
    confusion,
    accuracy: share(tp + tn, labels.length),
    sensitivity: share(tp, tp + fn),
    specificity: share(tn, tn + fp),
    ppv: share(tp, tp + fp),
    npv: share(tn, tn + fn),
    f1: F1,
    auc: AUC,
  };
}

const runs: readonly { id: string; network: NetworkName; seed: number; share: number; skill: number }[] = [
  { id: 'run-seed7', network: 'mobilenetv2', seed: 7, share: 1, skill: 0.5 },
  { id: 'run-seed8', network: 'mobilenetv2', seed: 8, share: 1, skill: 0.45 },
  { id: 'run-half', network: 'mobilenetv2', seed: 7, share: 0.5, skill: 0.35 },
  { id: 'run-tenth', network: 'mobilenetv2', seed: 7, share: 0.1, skill: 0.1 },
  { id: 'run-dense', network: 'densenet121', seed: 7, share: 1, skill: 0.4 },
];

/**
 * Creates a home folder whose split `sp-studied` has everything that the tabs of studies show: several seeds, fractions of
 * the training set, altered test scans, three folds (`sp-fold0` …), predictions on another dataset (`ds-elsewhere`);
 * datasets of one class (`ds-one`, and `ds-gone`, whose class has another name); and a table of sites, `sites.csv`.
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
  const label = (image: { className: string }) => (image.className === positive ? 1 : 0);
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
    registry.metrics.put(
      metricsOf(
        id,
        test.map((image) => label(image)),
        test.map((image) => answer(image, skill, at)),
      ),
    );
  }
  // Blur makes all predictions positive.
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
  // Three folds, with one run each.
  for (const fold of [0, 1, 2]) {
    const id = `sp-fold${fold}`;
    registry.splits.add(
      { ...split(id, 'ds-large'), method: 'folds', fold: { set: 'cv-studied', index: fold, of: 3 } },
      images.map((image) => ({
        imageId: image.id,
        part: Math.floor(image.n / 3) % 3 === fold ? 'test' : image.n % 10 === 9 ? 'validation' : 'train',
      })),
    );
    const tested = images.filter(({ n }) => Math.floor(n / 3) % 3 === fold);
    const runId = `run-fold${fold}`;
    registry.runs.add({ ...run(runId, id), status: 'done', bestEpoch: 3 });
    const answers = tested.map((image) => answer(image, 0.4, fold));
    registry.testPredictions.replace(
      runId,
      tested.map((image, at) => ({ imageId: image.id, probability: answers[at]! })),
    );
    registry.metrics.put(
      metricsOf(
        runId,
        tested.map((image) => label(image)),
        answers,
      ),
    );
  }
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
  for (const [id, name, split_, run_, ofClasses] of [
    ['ds-one', 'One class', 'sp-one', 'run-one', [positive]],
    ['ds-gone', 'One class left', 'sp-gone', 'run-gone', classes],
  ] as const) {
    const some = images.filter(({ className }) => className === positive).slice(0, 30);
    registry.datasets.add(
      { ...dataset(id, name), folder, classes: [...ofClasses], positive },
      some.map(({ id: _, n: __, datasetId: ___, ...image }) => image),
      [],
    );
    const stored = registry.images.list(id);
    registry.splits.add(
      split(split_, id),
      stored.map((image, n) => ({
        imageId: image.id,
        part: n % 3 === 0 ? 'test' : n % 3 === 1 ? 'validation' : 'train',
      })),
    );
    const tested = stored.filter((_, n) => n % 3 === 0);
    registry.runs.add({ ...run(run_, split_), status: 'done', bestEpoch: 1 });
    registry.testPredictions.replace(
      run_,
      tested.map((image, n) => ({ imageId: image.id, probability: 0.25 + 0.05 * n })),
    );
    registry.metrics.put({ ...metrics(run_), images: tested.length });
  }
  registry.close();
  const sites = path.join(place, 'sites.csv');
  const site = (n: number) => ['Seoul', 'Busan', 'Jeju'][Math.floor(n / 3) % 3]!;
  writeFileSync(sites, ['file,site', ...images.map(({ file, n }) => `${file},${site(n)}`), ''].join('\n'));
  return { home, sites };
}
