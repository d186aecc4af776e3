import { z } from 'zod';
import { error } from '../entry.ts';
import { bytes, choice, detail, fact, message, number, optional, text } from '../parameters.ts';

/** The hash of the file's content, if it could be read completely. */
const sha256 = optional(fact(z.string()));
const format = fact(z.string());

/** Why an image is not read. In brief form, as in the quarantine table, where its name is shown beside it: the reason alone. */
export const images = {
  fileEmpty: error('unreadable-file', { file: text, sha256 }),
  fileNoImage: error('unsupported-format', {
    file: text,
    content: choice(
      'text',
      'unknown',
      'dicom',
      'nifti',
      'niftiHeader',
      'analyze',
      'metaImage',
      'nrrd',
      'minc',
      'hdf5',
      'gzip',
      'zip',
      'pdf',
      'postScript',
      'heic',
      'jpeg2000',
      'jpegXl',
      'directDraw',
      'photoshop',
    ),
    sha256,
  }),
  fileDamaged: error('unreadable-file', { file: text, format, label: text, fault: message, sha256 }),
  fileTooLarge: error('too-large', {
    file: text,
    width: number,
    height: number,
    perPixel: number,
    most: number,
    limit: number,
    sha256,
  }),
  fileTooBig: error('too-large', { file: text, size: bytes, limit: bytes }),
  fileNotOrdinary: error('unreadable-file', { file: text, kind: choice('folder', 'other') }),
  fileChanging: error('unreadable-file', { file: text }),
  fileNameLost: error('unreadable-file', { file: text }),
  fileNoPicture: error('unreadable-file', { file: text }),
  /** The system refused to open it; `code` is errno's. */
  fileSystem: error('unreadable-file', { file: text, code: text, reason: message }),
  readerFailed: error('unreadable-file', {
    file: text,
    how: choice('ended', 'time', 'memory', 'threw'),
    said: optional(detail),
  }),

  dicomNoPicture: error('unsupported-format', {
    file: text,
    format,
    what: choice('directory', 'modality', 'other'),
    modality: optional(text),
    sha256,
  }),
  dicomUnsupported: error('unsupported-format', {
    file: text,
    format,
    syntax: text,
    transferSyntax: text,
    what: message,
    remedy: choice('decompress', 'uncompressed', 'grey', 'rgb', 'sixteen'),
    sha256,
  }),
  dicomBroken: error('unreadable-file', {
    file: text,
    format,
    known: choice('yes', 'no'),
    syntax: optional(text),
    transferSyntax: optional(text),
    fault: message,
    sha256,
  }),
  volumeTooLarge: error('too-large', {
    file: text,
    what: text,
    perVoxel: number,
    most: number,
    limit: number,
    sha256,
  }),
  volumeNotCut: error('unreadable-file', {
    file: text,
    plane: choice('axial', 'coronal', 'sagittal'),
    fault: message,
    sha256,
  }),

  pictureMissing: error('unreadable-file', {
    file: text,
    frame: text,
    changed: fact(z.literal(true)),
    sha256,
  }),
  pictureChanged: error('unreadable-file', { file: text, changed: fact(z.literal(true)), sha256 }),
  imageChanged: error('bad-dataset', {
    file: text,
    name: text,
    how: choice('changed', 'unread'),
    dataset: fact(z.string()),
  }),
  cacheNotWritten: error('disk', { file: text, reason: message }),
  readingCancelled: error('cancelled', { file: text }),
  imagesCancelled: error('cancelled', { dataset: fact(z.string()) }),
} as const;
