import { describe, expect, test } from 'vitest';
import { message } from '../../src-main/contract/messages/catalogue.ts';
import { errorDetail, errorParts } from '../../src-renderer/app/error-text.ts';
import { AppError } from '../../src-renderer/app/app-error.ts';

test('a library’s own words stand apart from the sentence, and are marked as its own', () => {
  const facts = {
    why: 'placeNotShown',
    folder: '/data',
    detail: { from: 'Electron', text: 'no handler <found>' },
  };
  expect(errorParts({ message: '', facts })).toEqual({
    text: '/data could not be shown. Open it by hand.',
    details: ['Electron says: no handler <found>'],
  });
  // A bug in Falx itself.
  const fault = { why: 'faultLogged', log: '/falx.log', detail: { from: 'error', text: 'x is undefined' } };
  expect(errorParts({ message: '', facts: fault }).details).toEqual(['The error says: x is undefined']);
});

describe('an error’s particulars', () => {
  const refused = new AppError('download-failed', 'The core’s own sentence: falx weights add FILE', {
    why: 'downloadRefused',
    url: 'https://example.org/w.h5',
    host: 'example.org',
    of: 'weights',
    file: 'resnet50',
    title: 'ResNet50',
    status: 404,
    answer: '404 Not Found',
    elsewhere: message('downloadElsewhere', { of: 'weights', url: 'https://example.org/w.h5' }),
  });

  test('name the way to go on that the window has', () => {
    expect(errorDetail(refused)).toMatch(/^example\.org answered 404 Not Found .* choose “Add a file”\.$/);
  });

  test.each([
    ['there is no code', {}],
    ['the code is of a newer Falx', { why: 'unheardOf' }],
    ['an earlier Falx gave fewer facts', { why: 'downloadRefused', url: 'x' }],
  ])('are the core’s own sentence where %s', (_, facts) => {
    expect(errorDetail(new AppError('download-failed', 'Its own.', facts))).toBe('Its own.');
  });
});
