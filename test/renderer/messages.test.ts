import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, test } from 'vitest';
import { Translator } from '../../src-renderer/app/translator.ts';
import { messagesOf } from '../../src-renderer/messages/load.ts';
import { messageFiles, usedKeys } from './message-keys.ts';

const english = messagesOf('en');
const korean = messagesOf('ko');
const used = usedKeys();

/** Names of a message's arguments, those inside its plurals and choices too. */
function argumentsOf(message: string): string[] {
  const names = new Set<string>();
  type Element = { type: number; value?: unknown; options?: Record<string, { value: Element[] }> };
  const walk = (elements: Element[]) => {
    for (const { type, value, options } of elements) {
      // 0 is text and 7 the # of a plural.
      if (type !== 0 && type !== 7) names.add(String(value));
      for (const option of Object.values(options ?? {})) walk(option.value);
    }
  };
  walk(new IntlMessageFormat(message, 'en', undefined, { ignoreTag: true }).getAst() as Element[]);
  return [...names].sort();
}

test('finds the messages and where they are used', () => {
  expect(Object.keys(english).length).toBeGreaterThan(100);
  expect(used.length).toBeGreaterThan(100);
  expect(new Set(Object.keys(english).map((key) => key.split('.')[0]))).toEqual(new Set(messageFiles));
});

test('has each message in both languages', () => {
  expect(Object.keys(korean).sort()).toEqual(Object.keys(english).sort());
});

test('has every message that the window uses', () => {
  const keys = Object.keys(english);
  const missing = used.filter(({ pattern }) => !keys.some((key) => pattern.test(key)));
  expect(missing.map(({ key, file }) => `${key} in ${file}`)).toEqual([]);
});

test('uses every message', () => {
  const exact = new Set(used.map(({ key }) => key));
  const patterns = used.filter(({ key }) => key.includes('${}')).map(({ pattern }) => pattern);
  const unused = Object.keys(english).filter(
    (key) => !exact.has(key) && !patterns.some((pattern) => pattern.test(key)),
  );
  expect(unused).toEqual([]);
});

describe('each message', () => {
  test('has the same arguments in both languages', () => {
    const differing = Object.keys(english).filter(
      (key) => argumentsOf(english[key]!).join() !== argumentsOf(korean[key] ?? '').join(),
    );
    expect(differing).toEqual([]);
  });

  test.each([
    ['en', english],
    ['ko', korean],
  ] as const)('can be written in %s', (locale, messages) => {
    const translator = new Translator(messages, locale);
    for (const [key, message] of Object.entries(messages)) {
      const values = Object.fromEntries(argumentsOf(message).map((name) => [name, 3]));
      expect(translator.translate(key, values), key).not.toBe('');
    }
  });

  test('is translated, not copied', () => {
    const copied = Object.keys(english).filter((key) => {
      const words = english[key]!.replaceAll(/\{[^{}]*\}/g, '').match(/\b[a-z]{4,}\b/g) ?? [];
      return words.length > 1 && english[key] === korean[key];
    });
    expect(copied).toEqual([]);
  });
});

test('names the key it has no message for', () => {
  expect(() => new Translator(english, 'en').translate('common.nonsense')).toThrow('common.nonsense');
});
