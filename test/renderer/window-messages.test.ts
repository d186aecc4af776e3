import { describe, expect, test } from 'vitest';
import { Translator } from '../../src-renderer/app/translator.ts';
import { messagesOf } from '../../src-renderer/messages/load.ts';
import { argumentsOf } from '../contract/messages/arguments-of.ts';
import { hasWrongParticle, otherWords } from '../contract/messages/korean.ts';
import { messageFiles, usedKeys } from './message-keys.ts';

const english = messagesOf('en');
const korean = messagesOf('ko');
const used = usedKeys();

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
    const differing = Object.keys(english).filter((key) => {
      const [en, ko] = [argumentsOf(english[key]!), argumentsOf(korean[key] ?? '')];
      return en.written.join() !== ko.written.join() || ko.all.some((name) => !en.all.includes(name));
    });
    expect(differing).toEqual([]);
  });

  test.each([
    ['en', english],
    ['ko', korean],
  ] as const)('can be written in %s', (locale, messages) => {
    const translator = new Translator(messages, locale);
    for (const [key, message] of Object.entries(messages)) {
      const values = Object.fromEntries(argumentsOf(message).all.map((name) => [name, 3]));
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

describe('the Korean messages', () => {
  test.each(otherWords)('call what others call %s by one word, %s', (other) => {
    expect(Object.entries(korean).filter(([, message]) => other.test(message))).toEqual([]);
  });

  test('have 을 after a final consonant and 를 after a vowel', () => {
    const wrong = Object.entries(korean).filter(([, message]) => hasWrongParticle(message));
    expect(wrong).toEqual([]);
  });
});

test('names the key it has no message for', () => {
  expect(() => new Translator(english, 'en').translate('common.nonsense')).toThrow('common.nonsense');
});
