import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TDocumentDefinitions } from 'pdfmake/interfaces.js';
import { fontFile, printedWeights } from './font-files.ts';

export type { Column, Content, TableCell, TDocumentDefinitions } from 'pdfmake/interfaces.js';

/** The font's name in a definition, and in the SVG of its figures. */
export const PRINTED = 'Pretendard';

/**
 * A PDF of a pdfmake definition, with the font embedded, so that Korean is shown wherever it is opened. It needs neither a browser
 * nor a network, and reads no file that a definition names.
 */
export async function pdfOf(definition: TDocumentDefinitions): Promise<Buffer> {
  const { default: shared } = await import('pdfmake');
  // The package exports one shared object whose fonts are its state: each document has its own.
  const pdfmake = new (shared.constructor as new () => typeof shared)();
  // Pictures in SVG find fonts only by path.
  const folder = mkdtempSync(path.join(tmpdir(), 'falx-fonts-'));
  try {
    const [normal, bold] = [printedWeights.normal, printedWeights.bold].map((weight) => {
      const file = path.join(folder, `${weight}.ttf`);
      writeFileSync(file, fontFile(weight));
      return file;
    }) as [string, string];
    pdfmake.setFonts({ [PRINTED]: { normal, bold, italics: normal, bolditalics: bold } });
    pdfmake.setUrlAccessPolicy(() => false);
    pdfmake.setLocalAccessPolicy((file) => file === normal || file === bold);
    return await pdfmake
      .createPdf({ ...definition, defaultStyle: { font: PRINTED, ...definition.defaultStyle } })
      .getBuffer();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
