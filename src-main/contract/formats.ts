/**
 * The image formats that Falx reads, one row per format, by the names stored in the registry. Format detection, file dialogs, texts
 * and shortcut features come from these rows; `images/decoders.ts` and `images/nifti/readers.ts` have the decoders.
 */
type Format = {
  /** As users write it: the same in every language. */
  title: string;
  /** `picture`: an ordinary image; `dicom`; `volume`: voxels in three dimensions or more. */
  kind: 'picture' | 'dicom' | 'volume';
  /** Endings of such files' names, without the first dot, for dialogs; detection goes by content. */
  extensions: readonly string[];
  /** Ending of the companion file that holds the samples of a file with only a header. */
  companions?: readonly string[];
  /** Possible first bytes of a picture; null stands for any byte. */
  magic?: readonly (readonly (number | null)[])[];
};

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));

const rows = {
  jpeg: { title: 'JPEG', kind: 'picture', extensions: ['jpg', 'jpeg'], magic: [[0xff, 0xd8, 0xff]] },
  png: {
    title: 'PNG',
    kind: 'picture',
    extensions: ['png'],
    magic: [[0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a]],
  },
  tiff: {
    title: 'TIFF',
    kind: 'picture',
    extensions: ['tif', 'tiff'],
    magic: [
      [...ascii('II'), 42, 0],
      [...ascii('MM'), 0, 42],
      [...ascii('II'), 43, 0],
      [...ascii('MM'), 0, 43],
    ],
  },
  bmp: { title: 'BMP', kind: 'picture', extensions: ['bmp'], magic: [ascii('BM')] },
  webp: {
    title: 'WebP',
    kind: 'picture',
    extensions: ['webp'],
    magic: [[...ascii('RIFF'), null, null, null, null, ...ascii('WEBP')]],
  },
  gif: { title: 'GIF', kind: 'picture', extensions: ['gif'], magic: [ascii('GIF87a'), ascii('GIF89a')] },
  // Its magic number follows a preamble of any content, which may be missing: `images/dicom/`.
  dicom: { title: 'DICOM', kind: 'dicom', extensions: ['dcm', 'ima'] },
  // Recognised by their complete headers, with gzip or without: `images/nifti/`.
  nifti: {
    title: 'NIfTI',
    kind: 'volume',
    extensions: ['nii', 'nii.gz', 'hdr', 'hdr.gz'],
    companions: ['img', 'img.gz'],
  },
  mgh: { title: 'MGH', kind: 'volume', extensions: ['mgh', 'mgz', 'mgh.gz'] },
} as const satisfies Record<string, Format>;

type Rows = typeof rows;
export type FormatName = keyof Rows;
type OfKind<Kind extends Format['kind']> = {
  [Name in FormatName]: Rows[Name]['kind'] extends Kind ? Name : never;
}[FormatName];
/** A file of it holds one ordinary image. */
export type PictureFormat = OfKind<'picture'>;
export type VolumeFormat = OfKind<'volume'>;

export const formats: Readonly<Record<FormatName, Format>> = rows;
export const formatNames = Object.keys(rows) as FormatName[];

const ofKind = (kind: Format['kind']) => formatNames.filter((name) => formats[name].kind === kind);
export const pictureFormats = ofKind('picture') as PictureFormat[];
export const volumeFormats = ofKind('volume') as VolumeFormat[];

/** The title of a format by its registry name; an unknown one in capitals. */
export const formatTitle = (name: string): string =>
  (formats as Partial<Record<string, Format>>)[name]?.title ?? name.toUpperCase();

/** All of them, joined with "and" in the given language. @param locale BCP 47. */
export const readableFormats = (locale: string): string =>
  new Intl.ListFormat(locale, { type: 'conjunction' }).format(formatNames.map(formatTitle));

/** Endings of readable files for a file dialog, which compares only what follows the last dot. */
export const scanExtensions = [
  ...new Set(
    formatNames.flatMap((name) => formats[name].extensions.map((ending) => ending.split('.').pop()!)),
  ),
];

/** Whether a file's name has an ending of a scan. */
export const isScanName = (file: string): boolean => scanEnding.test(file);
const scanEnding = new RegExp(
  `\\.(${formatNames
    .flatMap((name) => [...formats[name].extensions, ...(formats[name].companions ?? [])])
    .map((ending) => ending.replace('.', '\\.'))
    .join('|')})$`,
  'i',
);
