import { describe, expect, test } from 'vitest';
import type { EvaluatedImage } from '../../src-main/contract/views.ts';
import { runLabels } from '../../src-renderer/stages/compare/run-labels.ts';
import {
  mistakesOf,
  mistakesOfRun,
  type RunEvaluation,
} from '../../src-renderer/stages/compare/misclassified.ts';

/** Two scans with a tumour (1, 2) and two without (3, 4). */
const labels: Record<number, 0 | 1> = { 1: 1, 2: 1, 3: 0, 4: 0 };
const evaluated = (runId: string, probabilities: Record<number, number>): RunEvaluation => ({
  runId,
  images: Object.entries(probabilities).map(([id, probability]): EvaluatedImage => ({
    imageId: Number(id),
    file: `scans/${id}.png`,
    className: labels[Number(id)] === 1 ? 'tumour' : 'healthy',
    label: labels[Number(id)]!,
    probability,
  })),
});

describe('misclassified scans', () => {
  const a = evaluated('run-a', { 1: 0.1, 2: 0.4, 3: 0.6, 4: 0.2 });
  const b = evaluated('run-b', { 1: 0.3, 2: 0.9, 3: 0.1, 4: 0.2 });

  test('come with the runs that get them wrong, most runs first, then the surest', () => {
    const mistakes = mistakesOf([a, b], 0.5);
    expect(mistakes.map(({ imageId, kind, wrong }) => ({ imageId, kind, wrong }))).toEqual([
      { imageId: 1, kind: 'missed', wrong: ['run-a', 'run-b'] },
      // Both are wrong in one run by 0.6: 1 − 0.4 and 0.6 − 0; then the id decides.
      { imageId: 2, kind: 'missed', wrong: ['run-a'] },
      { imageId: 3, kind: 'false-alarm', wrong: ['run-a'] },
    ]);
    expect(mistakes[0]!.answers).toEqual([
      { runId: 'run-a', probability: 0.1 },
      { runId: 'run-b', probability: 0.3 },
    ]);
    expect(mistakes[0]!.error).toBeCloseTo(0.8, 12); // (0.9 + 0.7) / 2
  });

  test('follow the threshold, and a probability at it is called positive', () => {
    expect(mistakesOf([a], 0.4).map(({ imageId }) => imageId)).toEqual([1, 3]);
    expect(mistakesOf([a], 0).map(({ imageId }) => imageId)).toEqual([3, 4]);
    expect(mistakesOf([a], 1).map(({ imageId }) => imageId)).toEqual([1, 2]);
  });

  test('of one run are sorted by how sure that run was', () => {
    const mistakes = mistakesOf([a, evaluated('run-c', { 1: 0.45, 2: 0.05, 3: 0.55, 4: 0.95 })], 0.5);
    const ids = (runId: string | null, kind: 'missed' | 'false-alarm') =>
      mistakesOfRun(mistakes, runId, kind).map(({ imageId }) => imageId);
    expect(ids('run-a', 'missed')).toEqual([1, 2]);
    expect(ids('run-c', 'missed')).toEqual([2, 1]);
    expect(ids('run-a', 'false-alarm')).toEqual([3]);
    expect(ids('run-c', 'false-alarm')).toEqual([4, 3]);
    expect(ids(null, 'false-alarm')).toEqual([3, 4]); // 3 is wrong in both
  });
});

describe('what runs are called', () => {
  test('is their name, else their network, with the id only where two would be the same', () => {
    const title = (network: string) => network.toUpperCase();
    const labels = runLabels(
      [
        { id: 'run-a', name: 'wide crop', network: 'resnet50' },
        { id: 'run-b', name: null, network: 'resnet50' },
        { id: 'run-c', name: null, network: 'mobilenetv2' },
        { id: 'run-d', name: null, network: 'mobilenetv2' },
      ],
      title,
    );
    expect([...labels.values()]).toEqual(['wide crop', 'RESNET50', 'MOBILENETV2 (c)', 'MOBILENETV2 (d)']);
  });
});
