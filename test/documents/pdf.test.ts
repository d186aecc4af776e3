import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pdfOf } from '../../src-main/documents/pdf.ts';

/** The decompressed content of a PDF's streams. */
function streamsOf(pdf: Buffer): string[] {
  const text = pdf.toString('latin1');
  return [...text.matchAll(/stream\r?\n/g)].flatMap(({ index, 0: mark }) => {
    const from = index + mark.length;
    const bytes = pdf.subarray(from, text.indexOf('endstream', from));
    try {
      return [inflateSync(bytes).toString('latin1')];
    } catch {
      return [];
    }
  });
}

const hex = (letter: string) => letter.charCodeAt(0).toString(16).padStart(4, '0');

describe('pdfOf', () => {
  it('has its font inside, with the Hangul of text and figures, and says which letters they are', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><text x="1" y="20" font-family="Pretendard" font-size="9">곡선</text></svg>';
    const pdf = await pdfOf({ content: ['민감도 0.95', { svg, width: 90 }] });
    expect(pdf.toString('latin1')).toMatch(/\/BaseFont \/[A-Z]+\+Pretendard-Regular/);
    expect(pdf.toString('latin1')).toContain('/FontFile2');
    const maps = streamsOf(pdf).filter((text) => text.includes('begincmap'));
    for (const letter of '민감도곡선') expect(maps.join('\n')).toContain(`<${hex(letter)}>`);
  });

  it('reads no file and asks no server that a document names', async () => {
    await expect(pdfOf({ content: [{ image: '/etc/hostname' }] })).rejects.toThrow(/denied|access/i);
    await expect(
      pdfOf({ content: [{ image: 'one' }], images: { one: 'https://example.org/one.png' } }),
    ).rejects.toThrow(/denied|access/i);
  });
});
