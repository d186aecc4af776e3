import type { ModelCard } from '../train/run-storage.ts';
import { openKeras, writeKeras, writeKerasWeightsFile } from './keras/files.ts';
import { openOnnx, writeOnnx } from './onnx/files.ts';
import { openTfjs, writeTfjs } from './tfjs/files.ts';
import type { Runtime, Writing } from './runtime.ts';
import type { ConvertedFormat } from './task.ts';

type Format<Written> = {
  write: (writing: Writing) => Promise<Written>;
  /** Opens the export with its format's runtime. @param written returned by `write`. */
  open: (target: string, written: Written, card: ModelCard) => Promise<Runtime>;
};

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each format's own, between its two functions
export const formats: Readonly<Record<ConvertedFormat, Format<any>>> = {
  onnx: { write: writeOnnx('uint8'), open: openOnnx('uint8') },
  keras: { write: writeKeras, open: openKeras },
  'keras-weights': { write: writeKerasWeightsFile, open: openKeras },
  tfjs: { write: writeTfjs, open: openTfjs },
  'onnx-float': { write: writeOnnx('float32'), open: openOnnx('float32') },
};
