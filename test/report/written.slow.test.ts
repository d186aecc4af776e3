import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeReport } from '../../src-main/report/write-report.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { addTwinned, newRegistry, TUMOUR, type Made } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';

let made: Made;
let folder: string;
beforeAll(() => {
  made = newRegistry();
  folder = mkdtempSync(path.join(tmpdir(), 'falx-report-'));
  const { registry } = made;
  addTwinned(registry, 'ds-1', 40);
  const { split } = makeSplit({ registry, datasetId: 'ds-1', test: 0.5, validation: 0.1 });
  registry.runs.add({ ...sample.run('run-a', split.id), status: 'done', bestEpoch: 1 });
  const classes = new Map(registry.images.list('ds-1').map((image) => [image.id, image.className]));
  const tested = registry.parts.list(split.id).filter(({ part }) => part === 'test');
  registry.testPredictions.replace(
    'run-a',
    tested.map(({ imageId }, at) => ({
      imageId,
      probability: classes.get(imageId) === TUMOUR ? (at % 3 === 0 ? 0.2 : 0.9) : 0.1,
    })),
  );
  registry.metrics.put({ ...sample.metrics('run-a'), images: tested.length });
});
afterAll(() => {
  made.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe('what is written', () => {
  const options = () => ({ registry: made.registry, runIds: ['run-a'], language: 'en' as const });

  it('as a folder has page, PDF, tables, figures at 300 dots per inch, and one BibTeX entry a method', async () => {
    const [target] = await writeReport(path.join(folder, 'all'), options());
    expect(readdirSync(target!).sort()).toEqual([
      'figures',
      'references.bib',
      'report.html',
      'report.pdf',
      'reproduce.json',
      'tables',
    ]);
    const png = readFileSync(path.join(target!, 'figures', 'roc.png'));
    // pHYs: dots per metre in both directions; 300 per inch are 11,811.
    const at = png.indexOf('pHYs');
    expect([png.readUInt32BE(at + 4), png.readUInt32BE(at + 8), png[at + 12]]).toEqual([11811, 11811, 1]);
    expect(png.readUInt32BE(16)).toBe(Math.round((460 * 300) / 96));
    const bib = readFileSync(path.join(target!, 'references.bib'), 'utf8');
    const keys = [...bib.matchAll(/^@\w+\{(\w+),$/gm)].map(([, key]) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toContain('delong1988');
    expect(bib.match(/\{/g)!.length).toBe(bib.match(/\}/g)!.length);
    const pdf = readFileSync(path.join(target!, 'report.pdf'));
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  });
});
