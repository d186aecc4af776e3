import { describe, expect, test } from 'vitest';
import { fittedFiles } from '../../src-main/evaluate/fitted-files.ts';
import { ownOperations } from '../../src-main/predict/import-run.ts';
import { isRunFile } from '../../src-main/predict/run-file.ts';
import * as sample from '../registry/sample-records.ts';

describe('a .falx file', () => {
  test.each([
    'saved_model.pb',
    'variables/variables.index',
    'variables/variables.data-00000-of-00001',
    'falx.json',
    'manifest.json',
    ...Object.values(fittedFiles),
  ])('may bring %s', (name) => {
    expect(isRunFile(`run/${name}`)).toBe(true);
  });

  test.each([
    'run/assets/words.txt',
    'run/../manifest.json',
    'answers.json',
    'run/answers.json/x',
    'run/falx.json ',
  ])('may not bring %s', (name) => {
    expect(isRunFile(name)).toBe(false);
  });

  test('may have the graph of an older Falx, and none that does more than compute', () => {
    const own = ownOperations(sample.run('run-a', 'sp-a'));
    // How a served picture was scaled until November 2026.
    for (const operation of ['DecodeImage', 'ExpandDims', 'ScaleAndTranslate'])
      expect(own).toContain(operation);
    for (const operation of ['ReadFile', 'WriteFile', 'PyFunc', 'EagerPyFunc', 'MatchingFiles', 'PrintV2'])
      expect(own).not.toContain(operation);
  });
});
