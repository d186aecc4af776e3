import path from 'node:path';
import type { MapMethod, MapTest, MapView } from '../contract/maps.ts';
import type { Language } from '../contract/messages/languages.ts';
import { classesOf, dataOf } from '../train/plan.ts';
import type { Run } from '../contract/records.ts';
import { Predictor } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { knownTests, testMaps } from './map-test.ts';
import { writeMap } from './map-file.ts';
import { viewOfMap, type MappedScan } from './scan-maps.ts';

export type WrittenMap = Pick<MapView, 'file' | 'method' | 'target' | 'label' | 'outside'> & {
  /** Whether it passed the method's test for this run; a map that did not is not drawn. */
  passed: boolean;
  png: string;
};

export type WriteMapsOptions = {
  registry: Registry;
  home: string;
  run: Run;
  method: MapMethod;
  /** Absolute. */
  folder: string;
  /** What was predicted, with the class each was called. */
  scans: readonly { seen: MappedScan; positive: boolean }[];
  /** Of the caption below each map. */
  language: Language;
  onProgress?: ((done: number, of: number) => void) | undefined;
};

/** Writes one map per scan, for the class it was called; the method is tested for the run first unless it was. */
export async function writeMaps(options: WriteMapsOptions): Promise<{ maps: WrittenMap[]; test: MapTest }> {
  const { registry, home, run, method, folder, scans, language, onProgress } = options;
  const occlusion = method === 'occlusion';
  const known = await knownTests(home, run);
  const tests = known.some((test) => test.method === method)
    ? known
    : await testMaps({ registry, home, run, occlusion, onProgress });
  const test = tests.find((one) => one.method === method)!;
  const classes = classesOf(dataOf(registry, run.splitId).dataset);
  const predictor = occlusion ? await Predictor.open(run, home) : null;
  const names = new Set<string>();
  try {
    const maps: WrittenMap[] = [];
    for (const [index, { seen, positive }] of scans.entries()) {
      const covered = predictor ? await predictor.occlusion(seen.pixels) : null;
      const target = positive ? 'positive' : 'negative';
      const view = viewOfMap(run, { ...seen, covered }, { method, target }, classes, test)!;
      const side = run.settings.pixels.imageSize;
      const png = await writeMap(folder, nameOf(seen.file, names), view, seen.pixels, side, language);
      const { file, label, outside } = view;
      maps.push({ file, method, target, label, outside, passed: test.passed, png });
      onProgress?.(index + 1, scans.length);
    }
    return { maps, test };
  } finally {
    await predictor?.close();
  }
}

/** The file's name without characters that names may not have; numbered if taken. */
function nameOf(file: string, taken: Set<string>): string {
  const wish = path.basename(file).replaceAll(/[^\p{L}\p{N}._-]+/gu, '-');
  let name = wish;
  for (let n = 2; taken.has(name); n += 1) name = `${wish}-${n}`;
  taken.add(name);
  return name;
}
