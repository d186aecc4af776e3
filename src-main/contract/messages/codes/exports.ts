import { error, note } from '../entry.ts';
import { choice, detail, message, network, number, text } from '../parameters.ts';

/** Exporting and saving, and audits of folders that are not imported. */
export const exports = {
  exportThere: error('disk', { file: text }),
  exportNotWritten: error('disk', { run: text, folder: text, reason: message }),
  exportFolder: error('disk', { folder: text, reason: message }),
  exportNotEmpty: error('disk', { folder: text }),
  exportNeedsFolder: error('bad-usage', { format: text }),
  exportDiffers: error('bad-run', { run: text, format: text, runtime: text, worst: text, most: text }),
  exportNotRead: error('bad-run', { run: text, format: text, runtime: text, detail }),
  exportCancelled: error('cancelled', { run: text }),
  runFileNone: error('bad-archive', { file: text }),
  runFileDamaged: error('bad-archive', { file: text, entry: text }),
  runFileThere: error('bad-run', { file: text, run: text }),
  runFileGraph: error('bad-archive', { file: text, operations: text }),
  runScansElsewhere: error('bad-run', { split: text, dataset: text }),
  /** Keras models that are imported as runs. */
  kerasNoModel: error('bad-weights', { file: text }),
  kerasBackbone: error('bad-weights', { file: text, networks: text }),
  /** @param type its class in Keras. */
  kerasLayer: error('bad-weights', {
    file: text,
    layer: text,
    type: text,
    how: choice('unknown', 'branch', 'differs', 'code'),
  }),
  kerasOutput: error('bad-weights', { file: text, outputs: number, activation: text }),
  kerasInput: error('bad-weights', { file: text, shape: text }),
  kerasSizes: error('bad-weights', { file: text, given: number }),
  kerasScaling: error('bad-usage', { file: text, network }),
  kerasClasses: error('bad-usage', { file: text }),
  kerasNotKeras: error('bad-usage', { file: text }),
  kerasCancelled: error('cancelled', { file: text }),
  importedNoScans: error('bad-run', { split: text, dataset: text }),
  importedNoMap: error('bad-run', { run: text }),
  importedNoKeras: error('bad-run', { run: text, file: text }),
  downloadGone: error('not-found', { name: text }),
  auditUnderWay: error('bad-usage', { folder: text }),
  /** Headings of an audit's page; `shown` of `count` pairs have pictures. */
  auditPage: note({ name: text }),
  auditPageLeaks: note({ shown: number, count: number, all: choice('yes', 'no') }),
  auditPageMixed: note({ shown: number, count: number, all: choice('yes', 'no') }),
  auditPageMerged: note({ shown: number, count: number, all: choice('yes', 'no') }),
  auditPageMeans: note({}),
  auditGone: error('not-found', {}),
  auditCancelled: error('cancelled', {}),
} as const;
