import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { messageTypes, typesFile } from '../../build/message-types.mjs';
import type { ValuesOf } from '../../src-renderer/app/sentence.ts';

test('the types of the window’s texts are those of the texts; else run "npm run messages:types"', () => {
  expect(readFileSync(typesFile, 'utf8')).toBe(messageTypes());
});

test('a wrong key or a missing value does not compile', () => {
  const right: ValuesOf<'check.checking'> = { name: 'a' };
  // @ts-expect-error: its value is missing.
  const missing: ValuesOf<'check.checking'> = {};
  // @ts-expect-error: there is no such key.
  type Wrong = ValuesOf<'common.noSuchText'>;
  const wrong: Wrong | null = null;
  expect([right, missing, wrong]).toEqual([{ name: 'a' }, {}, null]);
});
