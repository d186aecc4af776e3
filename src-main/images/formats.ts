/** The formats Falx decodes, by the names the registry keeps. */
export const formatNames = ['jpeg', 'png', 'tiff', 'bmp', 'webp', 'gif'] as const;
export type FormatName = (typeof formatNames)[number];

type Bytes = (number | null)[];
const ascii = (text: string): Bytes => Array.from(text, (letter) => letter.charCodeAt(0));

/** First bytes of each format; null stands for any byte. BMP is told apart by its header's size as well. */
const signatures: [FormatName, Bytes][] = [
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['png', [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a]],
  ['tiff', [...ascii('II'), 42, 0]],
  ['tiff', [...ascii('MM'), 0, 42]],
  ['tiff', [...ascii('II'), 43, 0]],
  ['tiff', [...ascii('MM'), 0, 43]],
  ['bmp', ascii('BM')],
  ['webp', [...ascii('RIFF'), null, null, null, null, ...ascii('WEBP')]],
  ['gif', ascii('GIF87a')],
  ['gif', ascii('GIF89a')],
];

/** What a person may well have by mistake, so that the refusal can say what it is. */
const strangers: [string, Bytes, number][] = [
  ['a DICOM file', ascii('DICM'), 128],
  ['a NIfTI volume', ascii('n+1\0'), 344],
  ['a NIfTI header', ascii('ni1\0'), 344],
  ['a gzip archive (a .nii.gz volume, perhaps)', [0x1f, 0x8b], 0],
  ['a ZIP archive', ascii('PK\x03\x04'), 0],
  ['a PDF document', ascii('%PDF'), 0],
  ['a PostScript document', ascii('%!PS'), 0],
  ['a HEIC or AVIF picture', ascii('ftyp'), 4],
  ['a JPEG 2000 picture', [0, 0, 0, 12, ...ascii('jP  ')], 0],
  ['a JPEG 2000 picture', [0xff, 0x4f, 0xff, 0x51], 0],
  ['a JPEG XL picture', [0xff, 0x0a], 0],
  ['a DirectDraw picture', ascii('DDS '), 0],
  ['a Photoshop document', ascii('8BPS'), 0],
];

/** The format of a file from its first bytes, or null when it is none that Falx decodes. The name has no say. */
export function formatOf(input: Uint8Array): FormatName | null {
  return signatures.find(([, bytes]) => startsWith(input, bytes))?.[0] ?? null;
}

/** What a file that is no image holds, in words that follow "it holds". */
export function contentInWords(input: Uint8Array): string {
  const stranger = strangers.find(([, bytes, offset]) => startsWith(input, bytes, offset));
  if (stranger) return stranger[0];
  return isText(input) ? 'text' : 'data of a kind Falx does not know';
}

function startsWith(input: Uint8Array, bytes: Bytes, offset = 0): boolean {
  return (
    input.length >= offset + bytes.length &&
    bytes.every((byte, index) => byte === null || input[offset + index] === byte)
  );
}

/** Whether the first kilobyte is UTF-8 without control characters other than tabs and line ends. */
function isText(input: Uint8Array): boolean {
  const start = input.subarray(0, 1024);
  if (start.some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)) return false;
  try {
    // `stream` forgives a character cut in half at the end.
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return true;
  } catch {
    return false;
  }
}
