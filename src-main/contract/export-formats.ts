import { z } from 'zod';

/**
 * The formats in which a run's model can be exported, one row each; `predict/export-formats.ts` has their writers. The option of
 * "falx export" and the choices in the window come from these rows.
 */
type Row = {
  /** The same in every language. */
  title: string;
  /** Whether a folder is made, or one file, which a browser can download. */
  makes: 'folder' | 'file';
  /** The ending of its name. */
  ending: string;
  /** What opens its contents, the same in every language. */
  openedBy: string;
  /** What verifies an export by running or reading it before it counts as done, the same in every language. */
  verifiedBy: string;
};

const rows = {
  savedmodel: {
    title: 'TensorFlow SavedModel',
    makes: 'folder',
    ending: '',
    openedBy: 'TensorFlow (Python), TensorFlow Serving',
    verifiedBy: 'SHA-256',
  },
  zip: {
    title: 'SavedModel, ZIP',
    makes: 'file',
    ending: '.zip',
    openedBy: 'TensorFlow (Python), TensorFlow Serving',
    verifiedBy: 'SHA-256',
  },
  falx: {
    title: 'Falx',
    makes: 'file',
    ending: '.falx',
    openedBy: 'Falx',
    verifiedBy: 'SHA-256',
  },
  onnx: {
    title: 'ONNX, 8-bit input',
    makes: 'file',
    ending: '.onnx',
    openedBy: 'ONNX Runtime, OpenCV, MATLAB',
    verifiedBy: 'ONNX Runtime',
  },
  'onnx-float': {
    title: 'ONNX, float input',
    makes: 'file',
    ending: '.float.onnx',
    openedBy: 'ONNX Runtime, OpenCV, MATLAB',
    verifiedBy: 'ONNX Runtime',
  },
  keras: {
    title: 'Keras',
    makes: 'file',
    ending: '.keras',
    openedBy: 'Keras 3',
    verifiedBy: 'Falx, read again',
  },
  'keras-weights': {
    title: 'Keras, weights',
    makes: 'file',
    ending: '.weights.h5',
    openedBy: 'Keras 3, Keras Applications',
    verifiedBy: 'Falx, read again',
  },
  tfjs: {
    title: 'TensorFlow.js',
    makes: 'folder',
    ending: '-tfjs',
    openedBy: 'TensorFlow.js',
    verifiedBy: 'TensorFlow.js',
  },
} as const satisfies Record<string, Row>;

export type ExportFormat = keyof typeof rows;
export const exportFormats: Readonly<Record<ExportFormat, Row>> = rows;
export const exportFormatNames = Object.keys(rows) as [ExportFormat, ...ExportFormat[]];
export const ExportFormat = z.enum(exportFormatNames);

/** The format of a name's ending, the longest that matches; otherwise the first format, a folder. */
export const exportFormatOf = (name: string): ExportFormat =>
  exportFormatNames
    .filter((format) => {
      const { ending } = exportFormats[format];
      return ending !== '' && name.toLowerCase().endsWith(ending);
    })
    .sort((a, b) => exportFormats[b].ending.length - exportFormats[a].ending.length)[0] ??
  exportFormatNames[0];
