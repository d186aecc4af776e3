import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decode } from '../../src-main/images/decode.ts';
import { usualHeader } from '../../src-main/images/usual-header.ts';

/*
 * A picture is plain if it needs neither rotation nor flattening. The decoded pixels must equal libvips' result when it is
 * asked to rotate and flatten anyway.
 */

const [width, height] = [23, 17];
const noise = (channels: 1 | 2 | 3 | 4) =>
  sharp(
    Buffer.from(
      Array.from({ length: width * height * channels }, (_, i) => (i * 7919 + (i >> 3) * 104729) % 256),
    ),
    { raw: { width, height, channels } },
  );
const turned = { orientation: 6 };

/** Inserts a marker segment or a chunk before another one. */
function before(file: Buffer, next: Buffer, added: Buffer): Buffer {
  const at = file.indexOf(next);
  return Buffer.concat([file.subarray(0, at), added, file.subarray(at)]);
}

/** The EXIF segment after the frame header, where few programs put it. */
async function late(): Promise<Buffer> {
  const file = await noise(3).jpeg().withMetadata(turned).toBuffer();
  const at = file.indexOf(Buffer.from('Exif\0\0', 'latin1')) - 4;
  const length = 2 + file.readUInt16BE(at + 2);
  const segment = file.subarray(at, at + length);
  return before(
    Buffer.concat([file.subarray(0, at), file.subarray(at + length)]),
    Buffer.from([0xff, 0xda]),
    segment,
  );
}

const files: Record<string, { bytes: () => Promise<Buffer>; plain: boolean }> = {
  'grey JPEG': { bytes: () => noise(1).toColourspace('b-w').jpeg().toBuffer(), plain: true },
  'JPEG in colour': { bytes: () => noise(3).jpeg().toBuffer(), plain: true },
  'progressive JPEG': { bytes: () => noise(3).jpeg({ progressive: true }).toBuffer(), plain: true },
  'JPEG on its side': { bytes: () => noise(3).jpeg().withMetadata(turned).toBuffer(), plain: false },
  'JPEG whose EXIF stands behind the frame’s header': { bytes: late, plain: false },
  'grey PNG': { bytes: () => noise(1).toColourspace('b-w').png().toBuffer(), plain: true },
  'PNG in colour': { bytes: () => noise(3).png().toBuffer(), plain: true },
  'PNG with a palette': { bytes: () => noise(3).png({ palette: true }).toBuffer(), plain: true },
  'PNG with a palette and opacity': { bytes: () => noise(4).png({ palette: true }).toBuffer(), plain: false },
  'PNG with opacity': { bytes: () => noise(4).png().toBuffer(), plain: false },
  'grey PNG with opacity': { bytes: () => noise(2).toColourspace('b-w').png().toBuffer(), plain: false },
  'PNG on its side': { bytes: () => noise(3).png().withMetadata(turned).toBuffer(), plain: false },
};

describe.for(Object.entries(files))('%s', ([, { bytes, plain }]) => {
  test(`is ${plain ? '' : 'not '}plain, and decoded as libvips turns and flattens it`, async () => {
    const file = await bytes();
    expect(usualHeader(file, file[0] === 0xff ? 'jpeg' : 'png')?.plain).toBe(plain);
    const { data, info } = await sharp(file, { ignoreIcc: true })
      .autoOrient()
      .flatten()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { pixels, ...size } = await decode(file, 'scan');
    expect(size).toMatchObject({ width: info.width, height: info.height });
    expect(Buffer.compare(Buffer.from(pixels), data)).toBe(0);
  });
});

test('a header that is cut off is not plain', async () => {
  const file = await noise(3).jpeg().toBuffer();
  const scan = file.indexOf(Buffer.from([0xff, 0xda]));
  expect(usualHeader(file.subarray(0, scan), 'jpeg')?.plain).not.toBe(true);
  const png = await noise(3).png().toBuffer();
  expect(usualHeader(png.subarray(0, -12), 'png')?.plain).not.toBe(true);
});
