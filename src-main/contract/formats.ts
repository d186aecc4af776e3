/**
 * The image formats that Falx reads, one row per format, by the names that the registry keeps. Telling a file's format,
 * file dialogs, texts and the features of shortcuts come from these rows; `images/decoders.ts` and `images/nifti/readers.ts`
 * name who decodes each.
 */
type Format = {
  /** As people write it: the same in every language. */
  title: string;
  /** `picture`: one for the eye; `dicom`; `volume`: voxels in three dimensions or more. */
  kind: 'picture' | 'dicom' | 'volume';
  /** How names of such files end, without the first dot. Dialogs offer them; what a file holds decides. */
  extensions: readonly string[];
  /** How the name of a second file ends that holds the samples of one with only a header. */
  companions?: readonly string[];
  /** First bytes of a picture, in each of the ways in which one may begin; null stands for any byte. */
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
  // Its mark lies behind a preamble that may look like anything, and may be left out: `images/dicom/`.
  dicom: { title: 'DICOM', kind: 'dicom', extensions: ['dcm', 'ima'] },
  // Told by their whole headers, packed with gzip or not: `images/nifti/`.
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
/** A file of it holds one picture for the eye. */
export type PictureFormat = OfKind<'picture'>;
export type VolumeFormat = OfKind<'volume'>;

export const formats: Readonly<Record<FormatName, Format>> = rows;
export const formatNames = Object.keys(rows) as FormatName[];

const ofKind = (kind: Format['kind']) => formatNames.filter((name) => formats[name].kind === kind);
export const pictureFormats = ofKind('picture') as PictureFormat[];
export const volumeFormats = ofKind('volume') as VolumeFormat[];

/** A format by the name that the registry keeps, as people write it; one that Falx does not know (any more) in capitals. */
export const formatTitle = (name: string): string =>
  (formats as Partial<Record<string, Format>>)[name]?.title ?? name.toUpperCase();

/** All of them in a row with "and" before the last, in a language's way. @param locale BCP 47. */
export const readableFormats = (locale: string): string =>
  new Intl.ListFormat(locale, { type: 'conjunction' }).format(formatNames.map(formatTitle));

/** How names of readable files end, for a file dialog: it knows what follows the last dot only. */
export const scanExtensions = [
  ...new Set(
    formatNames.flatMap((name) => formats[name].extensions.map((ending) => ending.split('.').pop()!)),
  ),
];

/** Whether a file is called as if it held scans. */
export const isScanName = (file: string): boolean => scanEnding.test(file);
const scanEnding = new RegExp(
  `\\.(${formatNames
    .flatMap((name) => [...formats[name].extensions, ...(formats[name].companions ?? [])])
    .map((ending) => ending.replace('.', '\\.'))
    .join('|')})$`,
  'i',
);
