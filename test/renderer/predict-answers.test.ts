import { describe, expect, test } from 'vitest';
import type { Prediction } from '../../src-main/contract/records.ts';
import { lastName } from '../../src-renderer/app/paths.ts';
import {
  agreementOf,
  isClose,
  mainAnswer,
  pastScans,
  picturesOf,
} from '../../src-renderer/stages/predict/answers.ts';
import { modelInUse, answerKey, otherModels } from '../../src-renderer/stages/predict/models.ts';
import { predictionsFile } from '../../src-renderer/stages/predict/predictions-file.ts';
import { notice } from '../../src-main/contract/answers.ts';
import { runView } from './run-view.ts';

const answer = (change: Partial<Prediction>): Prediction => ({
  runId: 'run-a',
  file: '/scans/one.png',
  sha256: 'a'.repeat(64),
  answer: 'positive',
  notices: [notice('noticeNearThreshold', 'hint', { threshold: 0.5 })],
  calibrated: 0.8,
  conformal: { errorRate: 0.1, positive: 0.75, negative: 0.05 },
  probability: 0.9,
  label: 'tumour',
  positive: true,
  threshold: 0.5,
  milliseconds: 20,
  error: null,
  created: '2026-01-01T00:00:00.000Z',
  ...change,
});
const refused = answer({
  file: '/scans/letter.png',
  sha256: null,
  answer: 'refused',
  notices: [],
  calibrated: null,
  conformal: null,
  probability: null,
  label: null,
  positive: null,
  milliseconds: null,
  error: '"letter.png" is not an image, it holds text.',
});

describe('answers', () => {
  test('agree or not among the models that gave one', () => {
    expect(agreementOf([answer({}), answer({ positive: false }), refused])).toEqual({
      answered: 2,
      positive: 1,
    });
  });

  test('are called close within 0.1 of their threshold', () => {
    expect(isClose({ probability: 0.55, threshold: 0.5 })).toBe(true);
    expect(isClose({ probability: 0.35, threshold: 0.5 })).toBe(false);
    expect(isClose({ probability: 0.35, threshold: 0.3 })).toBe(true);
    expect(isClose({ probability: null, threshold: 0.5 })).toBe(false);
  });

  test('name a file by the end of its path, on either system', () => {
    expect(lastName('/home/a/scan 1.png')).toBe('scan 1.png');
    expect(lastName('C:\\scans\\two.jpg')).toBe('two.jpg');
    expect(lastName('three.bmp')).toBe('three.bmp');
  });

  test('make a file with a line each, unreadable ones too', () => {
    const [head, first, second] = predictionsFile([answer({}), refused]).split('\r\n');
    expect(head).toBe(
      'file,sha256,run,probability,threshold,positive,class,ms,error,created,answer,notices,calibrated,error rate,p positive,p negative,use',
    );
    expect(first).toBe(
      `/scans/one.png,${'a'.repeat(64)},run-a,0.9,0.5,true,tumour,20,,2026-01-01T00:00:00.000Z,positive,noticeNearThreshold,0.8,0.1,0.75,0.05,"Research use only, not for diagnosis."`,
    );
    expect(second).toContain(',,,"""letter.png"" is not an image, it holds text.",');
  });
});

describe('the history', () => {
  test('has each scan once, newest first, with the newest answer of each model', () => {
    const history = [
      answer({ runId: 'run-b', created: '2026-01-03T00:00:00.000Z' }),
      refused,
      answer({ runId: 'run-a', probability: 0.8, created: '2026-01-02T00:00:00.000Z' }),
      answer({ runId: 'run-a', probability: 0.7, file: '/elsewhere/copy.png' }),
    ];
    const scans = pastScans(history);
    expect(scans.map(({ file, answers }) => [file, answers.length])).toEqual([
      ['/scans/one.png', 2],
      ['/scans/letter.png', 1],
    ]);
    expect(mainAnswer(scans[0]!, 'run-a').probability).toBe(0.8);
    expect(mainAnswer(scans[0]!, 'run-gone').runId).toBe('run-b');
    expect(scans[0]!.created).toBe('2026-01-03T00:00:00.000Z');
  });
});

describe('the model in use', () => {
  const mobile = runView({ id: 'run-a', network: 'mobilenetv2', validationAccuracy: 0.8 });
  const dense = runView({ id: 'run-b', network: 'densenet121', validationAccuracy: 0.9 });
  const waiting = runView({ id: 'run-c', network: 'resnet50', hasModel: false });

  test('is the chosen one, with its threshold', () => {
    expect(
      modelInUse([mobile, dense], { model: { runId: 'run-a', threshold: 0.3 }, thresholds: {} }),
    ).toMatchObject({
      view: mobile,
      threshold: 0.3,
      why: 'chosen',
    });
  });

  test('is else the best there is, and says why', () => {
    expect(modelInUse([mobile, dense, waiting], { model: null, thresholds: {} })).toMatchObject({
      view: dense,
      why: 'suggested',
    });
    expect(
      modelInUse([mobile, dense], { model: { runId: 'run-gone', threshold: 0.3 }, thresholds: {} }),
    ).toMatchObject({
      view: dense,
      threshold: 0.5,
      why: 'replaced',
    });
    expect(
      modelInUse([mobile, waiting], { model: { runId: 'run-c', threshold: 0.3 }, thresholds: {} }),
    ).toMatchObject({ view: mobile });
    expect(modelInUse([waiting], { model: null, thresholds: {} })).toBeNull();
  });

  test('has another name at another threshold, of its own or of a model beside it', () => {
    const chosen = { model: { runId: 'run-a', threshold: 0.3 }, thresholds: { 'run-a': 0.3 } };
    const name = answerKey(['run-a', 'run-b'], chosen);
    expect(answerKey(['run-a', 'run-b'], { ...chosen, model: null })).toBe(name);
    expect(answerKey(['run-a', 'run-b'], { ...chosen, thresholds: { 'run-a': 0.3, 'run-b': 0.6 } })).not.toBe(
      name,
    );
    expect(answerKey(['run-b', 'run-a'], chosen)).not.toBe(name);
  });

  test('has beside it the models of its split, the newest of each other network first', () => {
    const runs = [
      mobile,
      runView({ id: 'run-m2', network: 'mobilenetv2', created: '2026-01-05T00:00:00.000Z' }),
      dense,
      runView({ id: 'run-d2', network: 'densenet121', created: '2026-01-04T00:00:00.000Z' }),
      runView({ id: 'run-other', network: 'resnet50', splitId: 'sp-b' }),
      waiting,
    ];
    expect(otherModels(runs, mobile).map(({ run }) => run.id)).toEqual(['run-d2', 'run-m2', 'run-b']);
    const many = Array.from({ length: 30 }, (_, i) => runView({ id: `run-x${i}` }));
    expect(otherModels([mobile, ...many], mobile)).toHaveLength(9);
  });
});

test('the pictures of a file are those that were answered under its name', () => {
  const answered = [
    '/a/v.nii',
    '/a/v.nii#axial:2',
    '/a/v.nii#axial:10',
    '/a/v.nii#b.png',
    '/a/v.nii#b.nii#3',
  ];
  const predictions = answered.map((file) => ({ file }));
  expect(picturesOf('/a/v.nii', predictions)).toEqual(['/a/v.nii#axial:2', '/a/v.nii#axial:10']);
  expect(picturesOf('/a/v.nii#b.nii', predictions)).toEqual(['/a/v.nii#b.nii#3']);
  expect(picturesOf('/a/v', predictions)).toEqual([]);
});
