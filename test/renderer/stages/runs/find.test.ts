import { describe, expect, test } from 'vitest';
import { matching, type RunFilter } from '../../../../src-renderer/stages/runs/find-runs.ts';
import { runView } from './run-records.ts';

const runs = [
  runView({ id: 'run-aaaa', name: 'First try', tags: ['baseline'] }, 'Navoneel'),
  runView(
    { id: 'run-bbbb', network: 'resnet50', notes: 'Larger images helped.', status: 'stopped' },
    'Navoneel',
  ),
  runView({ id: 'run-cccc', network: 'densenet121', name: '뇌종양 첫 실험', status: 'failed' }, 'Clinic B'),
];
const title = (network: string) =>
  ({ resnet50: 'ResNet50', densenet121: 'DenseNet121' })[network] ?? 'MobileNetV2';
const found = (filter: Partial<RunFilter>) =>
  matching(runs, { text: '', status: 'all', network: 'all', ...filter }, title).map(({ run }) => run.id);

describe('the search of runs', () => {
  test.each([
    ['nothing asked finds all', '', ['run-aaaa', 'run-bbbb', 'run-cccc']],
    ['a name, whatever its case', 'FIRST', ['run-aaaa']],
    ['an id', 'bbbb', ['run-bbbb']],
    ['a tag', 'baseline', ['run-aaaa']],
    ['a word of the notes', 'larger', ['run-bbbb']],
    ['a dataset', 'clinic', ['run-cccc']],
    ['a network by its title', 'ResNet50', ['run-bbbb']],
    ['every word, each anywhere', 'navoneel images', ['run-bbbb']],
    ['a word that is nowhere', 'navoneel zebra', []],
    ['Hangul', '뇌종양', ['run-cccc']],
    ['Hangul taken apart into its letters', '뇌종양'.normalize('NFD'), ['run-cccc']],
  ])('finds %s', (_, text, ids) => expect(found({ text })).toEqual(ids));

  test('keeps to a status and a network', () => {
    expect(found({ status: 'stopped' })).toEqual(['run-bbbb']);
    expect(found({ network: 'densenet121' })).toEqual(['run-cccc']);
    expect(found({ network: 'densenet121', status: 'done' })).toEqual([]);
  });
});
