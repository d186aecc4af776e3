import { expect, test } from 'vitest';
import { addressOf, parseAddress } from '../../src-renderer/app/address.ts';

test.each([
  ['', 'data', null],
  ['#', 'data', null],
  ['#/', 'data', null],
  ['#/split/ds-abc', 'split', 'ds-abc'],
  ['#/check/ds-abc?look=parts', 'check', 'ds-abc'],
  ['#/runs/', 'runs', null],
  ['#/nonsense/x', 'data', null],
  ['#/runs/%E0%A4%A', 'runs', null],
  ['#/toString', 'data', null],
])('reads the address %s as %s of %s', (hash, name, id) => {
  expect(parseAddress(hash)).toMatchObject({ name, id });
});

test('reads back what it writes', () => {
  const hash = addressOf('train', 'sp-1 /?#', { advanced: 1, left: null, text: 'a b&c' });
  const { name, id, query } = parseAddress(hash);
  expect([name, id]).toEqual(['train', 'sp-1 /?#']);
  expect([...query]).toEqual([
    ['advanced', '1'],
    ['text', 'a b&c'],
  ]);
});
