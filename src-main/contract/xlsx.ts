import type { Cell } from './csv.ts';

/**
 * Rows as an Excel workbook of one sheet (ECMA-376, "Office Open XML"): numbers as numbers, texts as inline strings, which no
 * program mistakes for a formula whatever they begin with. The first row is frozen and filterable. Nothing is compressed, so that
 * windows can write it too.
 * @param sheet its name, at most 31 letters.
 */
export function toXlsx(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  sheet = 'Falx',
): Uint8Array<ArrayBuffer> {
  const all = [head, ...rows];
  const whole = `A1:${columnName(head.length - 1)}${all.length}`;
  return stored([
    [
      '[Content_Types].xml',
      `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${ML}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${ML}.worksheet+xml"/></Types>`,
    ],
    ['_rels/.rels', relationships('officeDocument', 'xl/workbook.xml')],
    [
      'xl/workbook.xml',
      `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="${escaped(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    ],
    ['xl/_rels/workbook.xml.rels', relationships('worksheet', 'worksheets/sheet1.xml')],
    [
      'xl/worksheets/sheet1.xml',
      `<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>${all.map(row).join('')}</sheetData><autoFilter ref="${whole}"/></worksheet>`,
    ],
  ]);
}

const ML = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
/** Most characters in one Excel cell. */
const MOST = 32_767;

const relationships = (type: string, target: string): string =>
  `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${OFFICE}/${type}" Target="${target}"/></Relationships>`;

const row = (cells: readonly Cell[], at: number): string =>
  `<row r="${at + 1}">${cells.map((cell, column) => xmlOf(cell, `${columnName(column)}${at + 1}`)).join('')}</row>`;

function xmlOf(cell: Cell, at: string): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'boolean') return `<c r="${at}" t="b"><v>${cell ? 1 : 0}</v></c>`;
  if (typeof cell === 'number' && Number.isFinite(cell)) return `<c r="${at}"><v>${cell}</v></c>`;
  const text = escaped(String(cell).slice(0, MOST));
  return `<c r="${at}" t="inlineStr"><is><t xml:space="preserve">${text}</t></is></c>`;
}

/** A, B … Z, AA. */
const columnName = (column: number): string =>
  (column >= 26 ? columnName(Math.floor(column / 26) - 1) : '') + String.fromCharCode(65 + (column % 26));

/** Characters that XML can't represent, such as control characters or lone surrogates, are left out. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    // eslint-disable-next-line no-control-regex -- XML can't represent them
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** A zip archive of texts, uncompressed (APPNOTE.TXT 6.3). */
function stored(entries: readonly (readonly [name: string, text: string])[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  for (const [name, text] of entries) {
    const bytes = encoded(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${text}`);
    const title = encoded(name);
    // Version 2.0, no flags, stored, 1980-01-01 00:00.
    const common = [
      [2, 20],
      [2, 0],
      [2, 0],
      [2, 0],
      [2, 33],
      [4, crc32(bytes)],
      [4, bytes.length],
      [4, bytes.length],
      [2, title.length],
      [2, 0],
    ] as const;
    const local = [numbers([[4, 0x04034b50], ...common]), title, bytes];
    directory.push(
      numbers([[4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, at]]),
      title,
    );
    parts.push(...local);
    at += lengthOf(local);
  }
  const { length } = entries;
  const end = numbers([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, length],
    [2, length],
    [4, lengthOf(directory)],
    [4, at],
    [2, 0],
  ]);
  return joined([...parts, ...directory, end]);
}

const encoded = (text: string) => new TextEncoder().encode(text);
const lengthOf = (parts: readonly Uint8Array[]) => parts.reduce((sum, { length }) => sum + length, 0);

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Little-endian numbers of the given sizes. */
function numbers(values: readonly (readonly [bytes: 2 | 4, value: number])[]): Uint8Array<ArrayBuffer> {
  const whole = new DataView(new ArrayBuffer(values.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of values) {
    if (bytes === 2) whole.setUint16(at, value, true);
    else whole.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(whole.buffer);
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** The CRC-32 of zip, PNG and Ethernet. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
