import { describe, expect, test } from 'vitest';
import type { Codestream } from '../../../src-main/images/dicom/codestream.ts';
import { deepSamples, withFewerPlanes } from '../../../src-main/images/dicom/deep-samples.ts';

/** A main header: SIZ of one component, COD, and QCD with the exponents of four subbands. */
function codestream(precision: number, exponents: number[]): Uint8Array {
  const siz = Buffer.alloc(43);
  siz.writeUInt16BE(0xff51, 0);
  siz.writeUInt16BE(41, 2);
  siz.writeUInt16BE(1, 38);
  siz.set([precision - 1, 1, 1], 40);
  const cod = Buffer.from([0xff, 0x52, 0, 3, 0]);
  const qcd = Buffer.from([
    0xff,
    0x5c,
    0,
    3 + exponents.length,
    0x40,
    ...exponents.map((exponent) => exponent << 3),
  ]);
  return Buffer.concat([Buffer.from([0xff, 0x4f]), siz, cod, qcd, Buffer.from([0xff, 0xd9])]);
}

describe('a codestream of fewer bit planes', () => {
  test('has lower exponents and a lower precision, and else what it had', () => {
    expect(withFewerPlanes(codestream(24, [24, 25, 25, 26]), 8)).toEqual(codestream(16, [16, 17, 17, 18]));
    expect(withFewerPlanes(codestream(24, [24]), 0)).toEqual(codestream(24, [24]));
  });

  test('is refused where an exponent has not as many', () => {
    expect(() => withFewerPlanes(codestream(24, [24, 7]), 8)).toThrow('too deep');
  });
});

describe('samples of more bits than a decoder gives', () => {
  const header = (precision: number, signed: boolean): Codestream => ({
    width: 1,
    height: 1,
    components: 1,
    precision,
    signed,
    names: [],
    jfif: false,
    interleave: 0,
    uneven: false,
  });
  /** A decoder's output for these: the lower 16 bits; off by `off` if it was asked for fewer planes. */
  const decoder =
    (samples: number[], precision: number, off: number) => (_: Uint8Array, asked: Codestream) => {
      const planes = precision - asked.precision;
      return Uint16Array.from(
        samples,
        (sample) => Math.floor(sample / 2 ** planes) + (planes === 0 ? 0 : off),
      );
    };

  test.each<[number, boolean, number[]]>([
    [17, false, [5000, 65_535, 65_536, 120_000]],
    [24, false, [5000, 2 ** 16, 2 ** 23 + 1, 2 ** 24 - 5000]],
    [24, true, [-(2 ** 23) + 5000, -1, 0, 2 ** 23 - 5000]],
    [31, true, [-(2 ** 30) + 2 ** 20, -65_537, -1, 0, 2 ** 30 - 2 ** 20]],
  ])('of %i bits, signed: %s', (precision, signed, samples) => {
    for (const off of [0, -10, 10])
      expect([
        ...deepSamples(
          codestream(precision, [31]),
          header(precision, signed),
          decoder(samples, precision, off),
        ),
      ]).toEqual(samples);
  });

  test('are refused where they could be the next ones as well', () => {
    const far = decoder([2 ** 20], 24, 100);
    expect(() => deepSamples(codestream(24, [31]), header(24, false), far)).toThrow('too deep');
  });
});
