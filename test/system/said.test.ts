import { expect, test } from 'vitest';
import { z } from 'zod';
import { Run } from '../../src-main/contract/records.ts';
import { shortly } from '../../src-main/system/said.ts';

test('what a checker says of a record is one short line', () => {
  const { error } = Run.safeParse({ id: 7, settings: {}, versions: [] });
  expect(error!.issues.length).toBeGreaterThan(5);
  expect(shortly(error)).toMatch(/^id: [^\n{}[\]]+$/);
  expect(shortly(z.string().safeParse(1).error)).toMatch(/^record: /);
});

test('what an error says is cut where it is long, and is one line', () => {
  expect(shortly(new Error('a\n  b'))).toBe('a b');
  expect(shortly(new Error('x'.repeat(1e6))).length).toBeLessThan(600);
  expect(shortly('text')).toBe('text');
});

test('what is no error is said as well', () => {
  expect(shortly(null)).toBe('null');
  expect(shortly(undefined)).toBe('undefined');
});
