import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { isDicom, readDicom } from '../../../src-main/images/dicom/dicom.ts';
import { windowOf } from '../../../src-main/images/dicom/dicom-grey.ts';
import { percentileWindow } from '../../../src-main/images/window.ts';
import {
  dataSet,
  explicitBig,
  explicitLittle,
  file,
  implicitLittle,
  picture,
  preamble,
  words,
  type Elements,
  type Way,
} from './dicom-fixtures.ts';

const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const DEFLATED = '1.2.840.10008.1.2.1.99';
const BIG = '1.2.840.10008.1.2.2';
const RLE = '1.2.840.10008.1.2.5';

const stored = [0, 1, 700, 4095, 2048, 9];
const shape = { rows: 2, columns: 3, stored: 12 };
const read = (bytes: Buffer) => readDicom(bytes, 'scan.dcm', 'salt');
const valuesOf = async (bytes: Buffer, frame = 1) => [...(await read(bytes).values(frame)).data];

describe('stored values', () => {
  test.each<[string, string, Way]>([
    ['implicit little endian', IMPLICIT, implicitLittle],
    ['explicit little endian', EXPLICIT, explicitLittle],
    ['explicit big endian', BIG, explicitBig],
    ['implicit, though the meta header says explicit', EXPLICIT, implicitLittle],
  ])('of %s', async (_, syntax, way) => {
    const bytes = file(syntax, picture(shape, words(stored, way.littleEndian)), way);
    expect(await valuesOf(bytes)).toEqual(stored);
  });

  test('of a deflated data set', async () => {
    const body = deflateRawSync(dataSet(picture(shape, words(stored)), explicitLittle));
    expect(await valuesOf(Buffer.concat([preamble(DEFLATED), body]))).toEqual(stored);
  });

  test.each<[string, Way]>([
    ['implicit little endian', implicitLittle],
    ['explicit little endian', explicitLittle],
    ['explicit big endian', explicitBig],
  ])('of %s without preamble and meta header', async (_, way) => {
    const bytes = dataSet(
      { '00080016 UI': '1.2.840.10008.5.1.4.1.1.4', ...picture(shape, words(stored, way.littleEndian)) },
      way,
    );
    expect(isDicom(bytes)).toBe(true);
    expect(await valuesOf(bytes)).toEqual(stored);
  });

  test('after sequences of undefined length, with items of any length, and unknown ones', async () => {
    for (const undefinedLength of [false, true]) {
      const way = { ...explicitLittle, undefinedLength };
      const inner: Elements = { '00400555 SQ': [{ '00080100 SH': 'deep' }, {}] };
      const more: Elements = { '00081140 SQ': [inner, {}], '00091010 UN': Buffer.alloc(6) };
      expect(await valuesOf(file(EXPLICIT, picture(shape, words(stored), more), way))).toEqual(stored);
    }
  });

  test('after private elements that come in fragments', async () => {
    const more: Elements = {
      '00091010 OB': { fragments: [Buffer.alloc(0), Buffer.from('any bytes at all')] },
    };
    expect(await valuesOf(file(EXPLICIT, picture(shape, words(stored), more)))).toEqual(stored);
  });

  test('of 64 bits are the nearest float64', async () => {
    const numbers = [0n, -1n, 2n ** 53n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
    const bytes = Buffer.alloc(48);
    numbers.forEach((value, index) => bytes.writeBigInt64LE(value, index * 8));
    const elements = (signed: boolean, bits = 64) =>
      file(EXPLICIT, picture({ rows: 2, columns: 3, bits: 64, stored: bits, signed }, bytes));
    expect(await valuesOf(elements(true))).toEqual(numbers.map(Number));
    expect(await valuesOf(elements(false))).toEqual(
      numbers.map((value) => Number(BigInt.asUintN(64, value))),
    );
    expect(await valuesOf(elements(true, 40))).toEqual([0, -1, 0, -1, -1, 0]);
  });

  test('are negative where their highest stored bit says so, and clear of what stands above', async () => {
    const signed = file(
      EXPLICIT,
      picture({ ...shape, signed: true }, words([0x7ff, 0x800, 0xfff, 0, 1, 0xf801])),
    );
    expect(await valuesOf(signed)).toEqual([2047, -2048, -1, 0, 1, -2047]);
    const unsigned = file(EXPLICIT, picture(shape, words([0x7ff, 0x800, 0xfff, 0xf000, 0xf001, 0x1801])));
    expect(await valuesOf(unsigned)).toEqual([2047, 2048, 4095, 0, 1, 2049]);
  });

  test('of single bits follow from frame to frame without padding', async () => {
    // 2 frames of 3 pixels: 1 0 1, 0 1 1, the lowest bit first.
    const bytes = file(
      EXPLICIT,
      picture({ rows: 1, columns: 3, bits: 1, frames: 2 }, Buffer.from([0b110101, 0])),
    );
    expect(await valuesOf(bytes, 1)).toEqual([1, 0, 1]);
    expect(await valuesOf(bytes, 2)).toEqual([0, 1, 1]);
  });

  test('of 8 bits in words of a big-endian file are swapped back', async () => {
    const elements = picture({ rows: 1, columns: 4, bits: 16 }, words([0x0201, 0x0403], false));
    const bytes = file(
      BIG,
      { ...elements, '00280100 US': 8, '00280101 US': 8, '00280102 US': 7 },
      explicitBig,
    );
    expect(await valuesOf(bytes)).toEqual([1, 2, 3, 4]);
  });

  const rgb: Elements = { '00280002 US': 3, '00280004 CS': 'RGB' };
  test('of colours lie side by side, whether planes or pixels are stored', async () => {
    const small = { rows: 1, columns: 2, bits: 8 };
    const planes = picture(small, Buffer.from([1, 4, 2, 5, 3, 6]), { ...rgb, '00280006 US': 1 });
    const pixels = picture(small, Buffer.from([1, 2, 3, 4, 5, 6]), { ...rgb, '00280006 US': 0 });
    for (const elements of [planes, pixels])
      expect(await valuesOf(file(EXPLICIT, elements))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('are what is stored, though the colour space goes with another number of samples', async () => {
    const grey = read(file(EXPLICIT, picture(shape, words(stored), { '00280004 CS': 'RGB' })));
    expect([...(await grey.values(1)).data]).toEqual(stored);
    expect(grey.facts['photometric']).toBe('MONOCHROME2');
    const three = { '00280002 US': 3, '00280006 US': 0 };
    const colour = read(
      file(EXPLICIT, picture({ rows: 1, columns: 2, bits: 8 }, Buffer.from([1, 2, 3, 4, 5, 6]), three)),
    );
    expect([...(await colour.values(1)).data]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...(await colour.picture(1, 'file')).pixels]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('of HSV stay, and are shown in their colours', async () => {
    // Hues of 0, a third and two thirds of the circle; no saturation; half of it.
    const hsv = [0, 255, 200, 85, 255, 255, 171, 255, 255, 9, 0, 77, 0, 128, 100];
    const elements = picture({ rows: 1, columns: 5, bits: 8 }, Buffer.from(hsv), {
      ...rgb,
      '00280004 CS': 'HSV',
    });
    const dicom = read(file(EXPLICIT, elements));
    expect([...(await dicom.values(1)).data]).toEqual(hsv);
    const { pixels } = await dicom.picture(1, 'file');
    // 85 / 256 and 171 / 256 are 2 / 256 of a sixth short of, and beyond, the thirds.
    expect([...pixels]).toEqual([200, 0, 0, 2, 255, 0, 2, 0, 255, 77, 77, 77, 100, 50, 50]);
  });

  test('of colours in single bits lie side by side, though planes are stored', async () => {
    // Red 1 0, green 1 1, blue 0 1, the lowest bit first.
    const planes = picture({ rows: 1, columns: 2, bits: 1 }, Buffer.from([0b101101, 0]), {
      ...rgb,
      '00280006 US': 1,
    });
    expect(await valuesOf(file(EXPLICIT, planes))).toEqual([1, 1, 0, 0, 1, 1]);
  });

  test('of YBR_FULL_422 are RGB, two pixels with one pair of colours', async () => {
    const elements = picture({ rows: 1, columns: 2, bits: 8 }, Buffer.from([100, 50, 128, 228]), {
      ...rgb,
      '00280004 CS': 'YBR_FULL_422',
      '00280006 US': 0,
    });
    // R = Y + 1.402 × 100, G = Y − 0.714136 × 100, B = Y.
    expect(await valuesOf(file(EXPLICIT, elements))).toEqual([240, 29, 100, 190, 0, 50]);
  });
});

describe('fragments', () => {
  /** One row of 4 bytes: a run of three 7s and a literal 9; a header of 64 bytes with one segment at 64. */
  const segment = Buffer.from([0xfe, 7, 0, 9]);
  const header = Buffer.alloc(64);
  header.writeUInt32LE(1, 0);
  header.writeUInt32LE(64, 4);
  const frame = Buffer.concat([header, segment]);
  const small = { rows: 1, columns: 4, bits: 8 };
  const rle = (frames: number, fragments: Buffer[]) =>
    file(RLE, picture({ ...small, frames }, { fragments }));
  const offsets = (...values: number[]) =>
    Buffer.concat(values.map((value) => words([value & 0xffff, value >> 16])));

  test.each<[string, number, Buffer[]]>([
    ['one for the only frame', 1, [Buffer.alloc(0), frame]],
    ['two for the only frame', 1, [Buffer.alloc(0), frame.subarray(0, 66), frame.subarray(66)]],
    ['one for each frame', 2, [Buffer.alloc(0), frame, frame]],
    ['one for each frame, by an offset table', 2, [offsets(0, 76), frame, frame]],
    [
      'two for each frame, by an offset table',
      2,
      [offsets(0, 84), frame.subarray(0, 66), frame.subarray(66), frame.subarray(0, 30), frame.subarray(30)],
    ],
    ['one for each frame, in spite of a wrong offset table', 2, [offsets(0, 13), frame, frame]],
  ])('%s', async (_, frames, fragments) => {
    const bytes = rle(frames, fragments);
    for (let number = 1; number <= frames; number += 1)
      expect(await valuesOf(bytes, number)).toEqual([7, 7, 7, 9]);
  });
});

describe('grey levels', () => {
  const levels = async (values: number[], more: Elements, window: 'file' | 'percentiles' = 'file') => {
    const elements = picture({ rows: 1, columns: values.length }, words(values), more);
    const { pixels } = await read(file(EXPLICIT, elements)).picture(1, window);
    return [...pixels].filter((_, index) => index % 3 === 0);
  };
  const window: Elements = { '00281050 DS': '100', '00281051 DS': '101' };

  test('lie between the edges of the window: LINEAR takes half off the centre and one off the width', async () => {
    // (x − 99.5) / 100 + 0.5, times 255: 0 at 49.5, 255 at 149.5.
    expect(await levels([0, 49, 50, 99, 100, 149, 150, 900], window)).toEqual([
      0, 0, 1, 126, 129, 254, 255, 255,
    ]);
  });

  test('of LINEAR_EXACT and SIGMOID', async () => {
    const exact = { ...window, '00281051 DS': '100', '00281056 CS': 'LINEAR_EXACT' };
    // (x − 100) / 100 + 0.5
    expect(await levels([50, 51, 100, 150, 200], exact)).toEqual([0, 3, 128, 255, 255]);
    const sigmoid = { ...window, '00281051 DS': '100', '00281056 CS': 'SIGMOID' };
    // 1 / (1 + exp(−4 (x − 100) / 100)): 0.0180, 0.5, 0.9820 at 0, 100, 200
    expect(await levels([0, 100, 200], sigmoid)).toEqual([5, 128, 250]);
  });

  test('come after slope and intercept, and MONOCHROME1 is turned over last', async () => {
    const more = { ...window, '00281052 DS': '-50', '00281053 DS': '2' };
    const plain = await levels([50, 75, 100, 200], more);
    expect(plain).toEqual(await levels([50, 100, 150, 350], window));
    const inverted = await levels([50, 75, 100, 200], { ...more, '00280004 CS': 'MONOCHROME1' });
    expect(inverted).toEqual(plain.map((level) => 255 - level));
  });

  test('come out of a table that begins below 0, after a rescale of unsigned values', async () => {
    const item: Elements = { '00283002 SS': [3, -1000, 8], '00283006 US': [0, 100, 200] };
    const more = { '00281052 DS': '-1024', '00281053 DS': '1', '00283010 SQ': [item] };
    expect(await levels([0, 24, 25, 26, 27], more)).toEqual([0, 0, 100, 200, 200]);
  });

  test('come out of a VOI look-up table, values outside it at its ends', async () => {
    const item: Elements = { '00283002 US': [4, 10, 8], '00283006 US': [0, 100, 200, 255] };
    const more = { ...window, '00283010 SQ': [item] };
    expect(await levels([0, 10, 11, 12, 13, 5000], more)).toEqual([0, 0, 100, 200, 255, 255]);
  });

  test('lie between percentiles without a window, or on request, ignoring padding', async () => {
    const values = Array.from({ length: 1001 }, (_, index) => 1000 + index);
    const expected = (low: number, high: number) =>
      values.map((value) => Math.max(0, Math.min(255, Math.round(((value - low) * 255) / (high - low)))));
    // Above the minimum are 1001…2000: the 0.5th percentile is 0.005 × 999 = 4.995 after the first.
    expect(await levels(values, {})).toEqual(expected(1005.995, 1995.005));
    expect(await levels(values, window, 'percentiles')).toEqual(expected(1005.995, 1995.005));
    const padded = [...values, ...Array.from({ length: 500 }, () => 60_000)];
    expect((await levels(padded, { '00280120 US': 60_000 })).slice(0, 1001)).toEqual(
      expected(1005.995, 1995.005),
    );
  });

  test('and these are the percentiles of other formats, whatever slope and sign', () => {
    const samples = Int16Array.from(
      { length: 5000 },
      (_, index) => ((index * 7919) % 1013) - (index % 7 ? 0 : 900),
    );
    for (const [slope, intercept] of [
      [1, 0],
      [-0.37, 12],
      [2.5, -1024],
    ] as const) {
      const measured = Float64Array.from(samples, (stored) => stored * slope + intercept);
      const modality = { kind: 'rescale', slope, intercept } as const;
      expect(windowOf(samples, modality, null)).toEqual(percentileWindow(measured));
      // 32-bit values have no histogram.
      expect(windowOf(Int32Array.from(samples), modality, null)).toEqual(percentileWindow(measured));
    }
  });

  test('are the window of each frame of an enhanced file', async () => {
    const group = (centre: number): Elements => ({
      '00209113 SQ': [{ '00200032 DS': `0\\0\\${centre}` }],
      '00289132 SQ': [{ '00281050 DS': String(centre), '00281051 DS': '101' }],
      '00289145 SQ': [{ '00281052 DS': '0', '00281053 DS': '1' }],
    });
    const shared: Elements = { '00289110 SQ': [{ '00280030 DS': '0.5\\0.75', '00180050 DS': '3' }] };
    const elements = picture({ rows: 1, columns: 2, frames: 2 }, words([100, 200, 100, 200]), {
      '52009229 SQ': [shared],
      '52009230 SQ': [group(100), group(200)],
    });
    const dicom = read(file(EXPLICIT, elements, { ...explicitLittle, undefinedLength: true }));
    const grey = async (frame: number) =>
      [...(await dicom.picture(frame, 'file')).pixels].filter((_, at) => at % 3 === 0);
    expect([await grey(1), await grey(2)]).toEqual([
      [129, 255],
      [0, 129],
    ]);
    expect(dicom.geometry(2)).toMatchObject({ position: [0, 0, 200], spacing: [0.5, 0.75], thickness: 3 });
  });

  test('of 8 bits stay as they are', async () => {
    const values = Buffer.from([0, 3, 254, 255]);
    const { pixels } = await read(file(EXPLICIT, picture({ rows: 1, columns: 4, bits: 8 }, values))).picture(
      1,
      'percentiles',
    );
    expect([...pixels].filter((_, index) => index % 3 === 0)).toEqual([...values]);
  });
});

describe('what is kept of a header', () => {
  const person: Elements = {
    '00080020 DA': '20240131',
    '00080050 SH': 'accession',
    '00080080 LO': 'The Hospital',
    '00080070 LO': 'MAKER',
    '00080090 PN': 'Doctor^Who',
    '0008103E LO': 'head of John Doe',
    '00100010 PN': 'Doe^John',
    '00100020 LO': ' 4711 ',
    '00100030 DA': '19600229',
    '00104000 LT': 'talks of Jane',
    '0019100A LO': 'private Doe',
    '0020000D UI': '1.2.3.4',
    '0020000E UI': '1.2.3.5',
    '00180015 CS': 'Doe^John',
    '00180087 DS': '3',
  };
  const bytes = file(EXPLICIT, picture(shape, words(stored), person));

  test('names no one: nothing of a person, a day, a place or a UID', () => {
    const { facts, patient, study, series } = read(bytes);
    const kept = JSON.stringify({ facts, patient, study, series });
    expect(kept).not.toMatch(/Doe|John|Jane|Who|Hospital|4711|accession|2024|1960|1\.2\.3/);
    expect(facts).toMatchObject({
      modality: 'MR',
      manufacturer: 'MAKER',
      fieldStrength: 3,
      rows: 2,
      columns: 3,
    });
    expect(facts).not.toHaveProperty('bodyPart');
    expect(facts['series']).toBe(series);
  });

  test('a patient is a hash of the PatientID that needs the salt; without one, of the study; without that, no one', () => {
    // printf 4711 | openssl dgst -sha256 -hmac salt
    expect(read(bytes).patient).toBe('0f494b86f1cd24a8');
    expect(readDicom(bytes, 'scan.dcm', 'other').patient).not.toBe(read(bytes).patient);
    const without = (...tags: string[]) => {
      const elements = picture(shape, words(stored), person);
      for (const tag of tags) delete elements[tag];
      return read(file(EXPLICIT, elements));
    };
    const byStudy = without('00100020 LO');
    expect(byStudy.patient).toMatch(/^[0-9a-f]{16}$/);
    expect(byStudy.patient).toBe(byStudy.study);
    expect(without('00100020 LO', '0020000D UI').patient).toBeNull();
  });

  test.each<[string | undefined, Elements]>([
    ['YES', { '00280301 CS': 'YES' }],
    ['NO', { '00280301 CS': 'NO' }],
    ['unknown', { '00080064 CS': 'WSD' }],
    [undefined, {}],
  ])('letters burned in: %s', (said, more) => {
    expect(read(file(EXPLICIT, picture(shape, words(stored), more))).facts['burnedIn']).toBe(said);
  });
});

test('other bytes are no DICOM file', () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.alloc(400),
    Buffer.from('plain text, and more of it'),
    randomBytes(8),
  ])
    expect(isDicom(bytes)).toBe(false);
});
