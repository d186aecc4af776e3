import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, test } from 'vitest';
import { isMessageCode, message } from '../../src-main/contract/messages/catalogue.ts';
import { errorDetail, errorParts } from '../../src-renderer/app/error-text.ts';
import { AppError } from '../../src-renderer/app/app-error.ts';
import { messagesOf } from '../../src-renderer/messages/load.ts';

const core = join(import.meta.dirname, '../../src-main');
const sources = readdirSync(core, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(core, file), 'utf8'));

/** Every `why` in the core's sources with the facts given beside it. */
const given = sources.flatMap((source) =>
  [...source.matchAll(/\{[^{}]*\bwhy: '(\w+)'(?:[^{}]|\$?\{[^{}]*\})*\}/g)].map(([facts, why]) => ({
    why: why!,
    facts: new Set([...facts.matchAll(/[{,]\s*(\w+)\s*(?=[:,}])/g)].map(([, name]) => name!)),
  })),
);

const wordings = (locale: 'en' | 'ko') =>
  Object.entries(messagesOf(locale)).flatMap(([key, message]) =>
    key.startsWith('errors.') ? [{ why: key.slice('errors.'.length), message }] : [],
  );

describe('what the core tells by a code', () => {
  test('is worded by the window, and nothing else is', () => {
    expect(given.length).toBeGreaterThan(5);
    expect(new Set(wordings('en').map(({ why }) => why))).toEqual(
      new Set(given.map(({ why }) => why).filter((why) => !isMessageCode(why))),
    );
  });

  test.each(['en', 'ko'] as const)('gives the facts that its %s sentence is made of', (locale) => {
    const missing = wordings(locale).flatMap(({ why, message }) =>
      given
        .filter((one) => one.why === why)
        .flatMap(({ facts }) =>
          argumentsOf(message)
            .filter((name) => !facts.has(name))
            .map((name) => `${why}: ${name}`),
        ),
    );
    expect(missing).toEqual([]);
  });

  test('never sends a person to the command line', () => {
    for (const locale of ['en', 'ko'] as const)
      for (const { message } of wordings(locale)) expect(message).not.toMatch(/\bfalx \w+|--\w/);
  });
});

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
  // A mistake of Falx itself.
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

/** Kind of an element in a parsed message. */
const plainText = 0;

function argumentsOf(message: string): string[] {
  const names = new Set<string>();
  const walk = (elements: ReturnType<IntlMessageFormat['getAst']>) => {
    for (const element of elements) {
      if ('value' in element && Number(element.type) !== plainText) names.add(element.value);
      if ('options' in element) for (const option of Object.values(element.options)) walk(option.value);
    }
  };
  walk(new IntlMessageFormat(message, 'en', undefined, { ignoreTag: true }).getAst());
  return [...names];
}
