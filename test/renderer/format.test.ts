import { describe, expect, test } from 'vitest';
import { Formatter } from '../../src-main/contract/messages/formatter.ts';
import { languageFor, localeFor } from '../../src-renderer/app/languages.ts';

const english = new Formatter('en-GB');
const korean = new Formatter('ko-KR');

test.each([
  [0, undefined, '0'],
  [1234567, undefined, '1,234,567'],
  [0.12345, undefined, '0.123'],
  [0.5, 2, '0.50'],
  [-0.004, 2, '0.00'],
  [-0.006, 2, '-0.01'],
  [null, 2, '–'],
  [Number.NaN, undefined, '–'],
])('writes the number %s with %s decimals as %s', (x, digits, expected) => {
  expect(english.number(x, digits)).toBe(expected);
});

test.each([
  [0.912, undefined, '91.2%'],
  [1, 0, '100%'],
  [undefined, 1, '–'],
])('writes the share %s as %s', (x, digits, expected) => {
  expect(english.percent(x, digits)).toBe(expected);
});

test.each([
  [0, '0B'],
  [999, '999B'],
  [1000, '1 kB'],
  [14_300_000, '14.3 MB'],
  [999_960, '1 MB'],
  [4_000_000_000, '4 GB'],
  [null, '–'],
])('writes %s bytes as %s', (x, expected) => {
  expect(english.bytes(x)).toBe(expected);
});

describe.each([
  [0, '0 secs', '0초'],
  [0.4, '0.4 secs', '0.4초'],
  [1, '1 sec', '1초'],
  [9.96, '10 secs', '10초'],
  [59.6, '1 min', '1분'],
  [200, '3 mins 20 secs', '3분 20초'],
  [3600, '1 hr', '1시간'],
  [7_530, '2 hrs 6 mins', '2시간 6분'],
  [200_000, '2 days 8 hrs', '2일 8시간'],
])('%s seconds', (seconds, en, ko) => {
  test('are written in English', () => expect(english.duration(seconds)).toBe(en));
  test('are written in Korean', () => expect(korean.duration(seconds)).toBe(ko));
});

test('writes no time for what is not known or never ends', () => {
  expect(english.duration(null)).toBe('–');
  expect(english.duration(Infinity)).toBe('–');
});

test('writes a date as the locale does', () => {
  const parts = { dateStyle: 'medium', timeStyle: 'short' } as const;
  const iso = '2026-03-09T14:05:00.000Z';
  expect(korean.dateTime(iso)).toBe(new Intl.DateTimeFormat('ko-KR', parts).format(new Date(iso)));
  expect(korean.dateTime(iso)).toContain('2026');
  expect(korean.dateTime(null)).toBe('–');
});

describe('the language', () => {
  test.each([
    ['system', ['ko-KR', 'en-US'], 'ko'],
    ['system', ['fr-FR', 'ko'], 'ko'],
    ['system', ['fr-FR'], 'en'],
    ['system', [], 'en'],
    ['en', ['ko-KR'], 'en'],
    ['ko', ['en-US'], 'ko'],
  ] as const)('of preference %s on a system of %j is %s', (preference, systems, expected) => {
    expect(languageFor(preference, systems)).toBe(expected);
  });

  test("takes the system's own way of writing numbers in it", () => {
    expect(localeFor('en', ['ko-KR', 'en-US'])).toBe('en-US');
    expect(localeFor('en', ['ko-KR'])).toBe('en-GB');
    expect(localeFor('ko', ['en-US'])).toBe('ko-KR');
  });
});
