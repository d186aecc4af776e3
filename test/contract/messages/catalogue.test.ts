import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FalxError, recreatedError } from '../../../src-main/contract/errors.ts';
import type { ErrorData } from '../../../src-main/contract/failures.ts';
import {
  catalogue,
  entryOf,
  message,
  type MessageCode,
} from '../../../src-main/contract/messages/catalogue.ts';
import { cli } from '../../../src-main/contract/messages/codes/cli.ts';
import { summaries } from '../../../src-main/contract/messages/codes/summaries.ts';
import type { Kind } from '../../../src-main/contract/messages/parameters.ts';
import { detailsOf, say } from '../../../src-main/contract/messages/say.ts';
import { languages, type Language } from '../../../src-main/contract/messages/languages.ts';
import { words } from '../../../src-main/contract/messages/words.ts';
import { systemReason } from '../../../src-main/system/system-reason.ts';
import { argumentsOf } from './arguments-of.ts';
import { hasWrongParticle, otherWords } from './korean.ts';

const codes = Object.keys(catalogue) as MessageCode[];
const folder = join(import.meta.dirname, '../../../src-main/contract/messages');
const cases = codes.flatMap((code) => languages.map((language) => [code, language] as const));

/** A sample value of each kind, recognisable in the text. */
function sample(name: string, { kind, schema }: Kind): unknown {
  switch (kind) {
    case 'number':
      return 7;
    case 'bytes':
      return 3_500_000;
    case 'seconds':
      return 95;
    case 'percent':
      return 0.25;
    case 'names':
      return [`<${name} 1>`, `<${name} 2>`];
    case 'counts':
      return [{ name: `<${name}>`, count: 3 }];
    case 'network':
      return 'resnet50';
    case 'place':
      return `/data/<${name}>`;
    case 'messages':
    case 'list':
      return [message('systemNotAllowed', { errno: `<${name}>` }), message('warnUnlabelled', {})];
    case 'message':
    case 'brief':
      return message('systemNotAllowed', { errno: `<${name}>` });
    case 'detail':
      return { from: 'libvips', text: `<${name}>` };
    case 'text': {
      const options = (schema as unknown as { options?: string[] }).options;
      return options ? options[0] : `<${name}>`;
    }
    case 'fact':
      return null;
  }
}

const samples = (code: MessageCode): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(entryOf(code).parameters).map(([name, kind]) => [name, sample(name, kind)]),
  );

describe.each(languages)('in %s', (language) => {
  test('every file of codes has its file of words, and every word its code', () => {
    // Other files there contain the texts of the contract's tables, by their rows: the compiler checks that none is missing.
    const files = readdirSync(join(folder, 'codes')).map((file) => file.replace('.ts', '.json'));
    const written = files.flatMap((file) =>
      Object.keys(JSON.parse(readFileSync(join(folder, language, file), 'utf8')) as object),
    );
    const unknown = written.filter((code) => !codes.includes(code as MessageCode));
    expect(
      unknown,
      'not in the catalogue: a new file has two lines in catalogue.ts, four in words.ts',
    ).toEqual([]);
    expect(written.sort()).toEqual([...codes].sort());
  });
});

describe.each(cases)('%s in %s', (code, language: Language) => {
  const parameters = entryOf(code).parameters;
  const sentence = words[language][code];

  test('asks for no parameter that the code has not', () => {
    const asked = argumentsOf(sentence).all.filter((name) => !['shell', 'brief', 'formats'].includes(name));
    expect(asked.filter((name) => !(name in parameters))).toEqual([]);
    for (const name of asked) expect(['detail', 'fact']).not.toContain(parameters[name]!.kind);
  });

  test('is written for the command line and the window, at length and briefly', () => {
    for (const shell of ['cli', 'window'] as const)
      for (const brief of [false, true]) {
        const said = say({ code, parameters: samples(code) }, { language, shell, brief });
        expect(said).not.toBe('');
        expect(said).not.toMatch(/undefined|NaN|\[object|\{|\}/);
      }
  });
});

/** Messages of commands only have no window text. */
const inWindows = cases.filter(([code]) => !(code in cli) && !(code in summaries));

test.each(inWindows)('%s in %s never sends a person in a window to the command line', (code, language) => {
  const said = say({ code, parameters: samples(code) }, { language, shell: 'window' });
  expect(said).not.toMatch(/\bfalx (?!made|itself)[a-z]|--[a-z]/);
});

test.each(codes)('%s is made of the same in both languages', (code) => {
  const [en, ko] = [argumentsOf(words.en[code]), argumentsOf(words.ko[code])];
  expect(ko.written).toEqual(en.written);
  expect(ko.all.filter((name) => !en.all.includes(name))).toEqual([]);
});

test('Korean is translated, not copied', () => {
  const copied = codes.filter((code) => {
    const plain = words.en[code].replaceAll(/\{[^{}]*\}/g, '').match(/\b[a-z]{4,}\b/g) ?? [];
    return plain.length > 1 && words.en[code] === words.ko[code];
  });
  expect(copied).toEqual([]);
});

describe('the Korean words, those of the tables too', () => {
  const files = readdirSync(join(folder, 'ko')).map((file) => readFileSync(join(folder, 'ko', file), 'utf8'));
  const korean = files
    .flatMap((text) => text.match(/"(?:[^"\\]|\\.)*"/g) ?? [])
    .map((word) => word.slice(1, -1));

  test.each(otherWords)('call what others call %s by one word, %s', (other) => {
    expect(korean.filter((message) => other.test(message))).toEqual([]);
  });

  test('have 을 after a final consonant and 를 after a vowel', () => {
    expect(korean.filter(hasWrongParticle)).toEqual([]);
  });
});

describe('an error', () => {
  const missing = Object.assign(new Error('EACCES: permission denied, scandir'), { code: 'EACCES' });

  test('carries its kind, its code and its parameters; its message is their English', () => {
    const error = new FalxError('folderNotOpened', {
      folder: '/data',
      code: 'EACCES',
      reason: systemReason(missing),
    });
    expect(error.code).toBe('unreadable-file');
    expect(error.facts['why']).toBe('folderNotOpened');
    expect(error.message).toBe('The folder "/data" can\'t be opened (no permission, EACCES).');
    expect(say(error.asMessage, { language: 'ko', shell: 'window' })).toBe(
      '‘/data’ 폴더를 열 수 없습니다(권한 없음, EACCES).',
    );
  });

  test('shows what a library says apart from its sentence, and marked', () => {
    const error = new FalxError('diskFailed', {
      file: '/data/x',
      reason: systemReason(new Error('strange things happen')),
    });
    expect(detailsOf(error.asMessage)).toEqual([{ from: 'system', text: 'strange things happen' }]);
    expect(say(error.asMessage, { language: 'en', shell: 'window' })).not.toContain('strange');
    expect(error.message).toMatch(/try again\. \[system: strange things happen\]$/);
  });
});

test('a wrong code, a missing parameter and a sentence do not compile', () => {
  const refused = (): FalxError[] => [
    // @ts-expect-error: there is no such code.
    new FalxError('folderMising', { folder: '/data' }),
    // @ts-expect-error: a parameter is missing.
    new FalxError('folderMissing', {}),
    // @ts-expect-error: a parameter has the wrong type.
    new FalxError('folderMissing', { folder: 7 }),
    // @ts-expect-error: it has no such parameter.
    new FalxError('folderMissing', { folder: '/data', file: 'a' }),
    // @ts-expect-error: this is not an error.
    new FalxError('systemReadOnly', { errno: 'EROFS' }),
    // @ts-expect-error: a sentence in one language.
    new FalxError('not-found', 'There is no such folder.', { folder: '/data' }),
  ];
  expect(refused).toBeTypeOf('function');
  const thrown: unknown = new FalxError('folderMissing', { folder: '/data' });
  expect(thrown instanceof FalxError && thrown.facts['folder']).toBe('/data');
});

test('a sentence of an earlier Falx is shown as it is', () => {
  expect(say({ code: 'legacy', parameters: { text: 'as it was' } }, { language: 'ko', shell: 'cli' })).toBe(
    'as it was',
  );
});

test.each([
  ['en', 'with the statistics of each batch'],
  ['ko', '배치마다의 통계로'],
] as const)(
  'a network without batch normalisation is trained without its statistics, in %s',
  (language, clause) => {
    const said = (normalised?: 'yes' | 'no') =>
      say(message('runFromScratch', { network: 'resnet50', normalised }), { language, shell: 'cli' });
    expect(said('yes')).toContain(clause);
    // What earlier versions stored had batch normalisation.
    expect(said()).toBe(said('yes'));
    expect(said('no')).not.toContain(clause);
  },
);

test('what a newer Falx has written is shown by its code', () => {
  expect(say({ code: 'ofTomorrow', parameters: { file: 'a' } }, { language: 'en', shell: 'cli' })).toBe(
    'ofTomorrow {"file":"a"}',
  );
});

test('an error comes out of another process as it went in', () => {
  const error = new FalxError('folderMissing', { folder: '/data' });
  const { code, message: text, facts } = error;
  const again = recreatedError(JSON.parse(JSON.stringify({ code, message: text, facts })) as ErrorData);
  expect(again).toMatchObject({ code, message: text, facts });
  expect(again.asMessage).toEqual(error.asMessage);
});

test('an error of an earlier Falx that lacks a parameter keeps its own sentence', () => {
  const old = recreatedError({
    code: 'not-found',
    message: 'No such folder.',
    facts: { why: 'folderMissing' },
  });
  expect(old.code).toBe('not-found');
  expect(say(old.asMessage, { language: 'ko', shell: 'window' })).toBe('No such folder.');
});
