import { afterEach, beforeEach, expect, test } from 'vitest';
import { addDataset, newRegistry, TUMOUR, type Made } from '../check/dataset.ts';

let made: Made;
let ids: Map<string, number>;
beforeEach(() => {
  made = newRegistry();
  ids = addDataset(made.registry, 'ds-1', [{ name: 'a.png' }, { name: 'b.png', className: TUMOUR }]);
  addDataset(made.registry, 'ds-2', [{ name: 'c.png' }]);
});
afterEach(() => made.remove());

test('a remark stays with its scan, marked labels first, and changes neither scan nor decisions', () => {
  const { remarks, checks, images } = made.registry;
  const before = [images.list('ds-1'), checks.state('ds-1')];
  remarks.put('ds-1', { imageId: ids.get('a.png')!, note: 'motion', wrongLabel: false });
  remarks.put('ds-1', { imageId: ids.get('b.png')!, note: '', wrongLabel: true });
  expect(remarks.list('ds-1')).toMatchObject([
    { file: `${TUMOUR}/b.png`, className: TUMOUR, wrongLabel: true, note: '' },
    { wrongLabel: false, note: 'motion' },
  ]);
  expect(remarks.list('ds-2')).toEqual([]);
  expect([images.list('ds-1'), checks.state('ds-1')]).toEqual(before);
});

test('an empty remark takes the earlier one away; a scan of another dataset is refused', () => {
  const { remarks } = made.registry;
  const imageId = ids.get('a.png')!;
  remarks.put('ds-1', { imageId, note: 'x', wrongLabel: true });
  expect(remarks.put('ds-1', { imageId, note: '', wrongLabel: false })).toBeNull();
  expect(remarks.list('ds-1')).toEqual([]);
  expect(() => remarks.put('ds-2', { imageId, note: 'x', wrongLabel: true })).toThrow(
    expect.objectContaining({ code: 'not-found' }),
  );
});
