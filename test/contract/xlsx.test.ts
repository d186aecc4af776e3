import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { toXlsx } from '../../src-main/contract/xlsx.ts';
import golden from '../goldens/xlsx.json' with { type: 'json' };
import { head, rows } from '../goldens/xlsx-rows.ts';

test('is read by openpyxl as it was written: numbers as numbers, and no text as a formula', () => {
  const file = toXlsx(head, rows);
  // The file that openpyxl has read, bit for bit.
  expect(createHash('sha256').update(file).digest('hex')).toBe(golden.sha256);
  const read = [head, ...rows].map((row) => head.map((_, at) => row[at] ?? null));
  expect(golden.cells.map((row) => row.map((cell) => cell ?? null))).toEqual(read);
  expect(golden).toMatchObject({ sheets: ['Falx'], frozen: 'A2', filter: 'A1:AB3' });
  expect(golden.kinds.flat()).not.toContain('f');
});

test('leaves out what XML can’t hold, and has the checksums that zlib has', () => {
  const file = Buffer.from(toXlsx(['a'], [['x\u0000\u001b\ud800y\uffff']]));
  expect(file.toString('utf8')).toContain('<t xml:space="preserve">x\ufffdy</t>');
  const bytes = file.readUInt32LE(18);
  const from = 30 + file.readUInt16LE(26);
  expect(file.readUInt32LE(14)).toBe(crc32(file.subarray(from, from + bytes)));
});
