import { expect, test } from 'vitest';
import { z } from 'zod';
import { Run } from '../../src-main/contract/records.ts';
import { shortMessage } from '../../src-main/system/short-message.ts';

test('what a checker says of a record is one short line', () => {
  const { error } = Run.safeParse({ id: 7, settings: {}, versions: [] });
  expect(error!.issues.length).toBeGreaterThan(5);
  expect(shortMessage(error)).toMatch(/^id: [^\n{}[\]]+$/);
  expect(shortMessage(z.string().safeParse(1).error)).toMatch(/^record: /);
});

test('what an error says is cut where it is long, and is one line', () => {
  expect(shortMessage(new Error('a\n  b'))).toBe('a b');
  expect(shortMessage(new Error('x'.repeat(1e6))).length).toBeLessThan(600);
  expect(shortMessage('text')).toBe('text');
});

test('what is no error is said as well', () => {
  expect(shortMessage(null)).toBe('null');
  expect(shortMessage(undefined)).toBe('undefined');
});
