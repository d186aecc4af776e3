import { describe, expect, test } from 'vitest';
import { positiveClass } from '../../src-main/import/positive.ts';

describe('the positive class is recognised by the names', () => {
  test.each([
    ['Brain Tumor', 'Healthy'],
    ['yes', 'no'],
    ['Tumour', 'Normal'],
    ['tumor', 'notumor'],
    ['tumor', 'no_tumor'],
    ['Tumour', 'non-tumour'],
    ['tumor', 'tumor-free'],
    ['Tumor', 'NoTumor'],
    ['1', '0'],
    ['positive', 'negative'],
    ['abnormal', 'normal'],
    ['glioma', 'control'],
    ['Cancer', 'Not Cancer'],
    ['malignant', 'benign'],
    ['metastases', 'scans'],
    ['scans', 'healthy'],
    ['unhealthy', 'healthy'],
    ['뇌종양', '정상'],
    ['종양', '종양 없음'],
  ] as [string, string][])('%s, not %s', (positive, negative) => {
    expect(positiveClass([positive, negative])).toEqual({ positive, sure: true });
    expect(positiveClass([negative, positive])).toEqual({ positive, sure: true });
  });
});

test('names that say nothing, or both the same, give the second and doubt', () => {
  expect(positiveClass(['Class A', 'Class B'])).toEqual({ positive: 'Class B', sure: false });
  expect(positiveClass(['glioma', 'meningioma'])).toEqual({ positive: 'meningioma', sure: false });
});

test('the user has the last word, in any case of letters', () => {
  expect(positiveClass(['Healthy', 'Tumour'], 'Healthy')).toEqual({ positive: 'Healthy', sure: true });
  expect(positiveClass(['Healthy', 'Tumour'], 'tumour')).toEqual({ positive: 'Tumour', sure: true });
  expect(() => positiveClass(['Healthy', 'Tumour'], 'ill')).toThrow(
    expect.objectContaining({
      code: 'bad-usage',
      message: 'There is no class "ill". The classes are "Healthy" and "Tumour": name one of them.',
    }),
  );
});
