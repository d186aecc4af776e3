import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import type { Change } from '../change.ts';
import type { Tree } from '../tree.ts';

const decoder = readFileSync(path.join(import.meta.dirname, 'pgm.txt'), 'utf8');

const test = readFileSync(path.join(import.meta.dirname, 'pgm-test.txt'), 'utf8');

/** Netpbm's greymap, which sharp's build of libvips does not read, so it needs its own decoder. */
export const format: Change = {
  name: 'format',
  title: 'An image format (PGM)',
  most: 4,
  before: '15',

  make(tree) {
    tree.before(
      'src-main/contract/formats.ts',
      '  // Its magic number follows a preamble',
      "  pgm: { title: 'PGM', kind: 'picture', extensions: ['pgm'], magic: [ascii('P5')] },\n",
    );
    tree.edit(
      'src-main/images/decoders.ts',
      ['  gif: { libvips },\n', '  gif: { libvips },\n  pgm: { own: decodePgm },\n'],
      ["from './jpeg.ts';\n", "from './jpeg.ts';\nimport { decodePgm } from './pgm.ts';\n"],
    );
    for (const text of ['README.md', 'docs/pixels.md'])
      tree.edit(text, ['WebP, GIF, DICOM', 'WebP, GIF, PGM, DICOM']);
    tree.write('test/images/pgm.test.ts', test);
    tree.write('src-main/images/pgm.ts', decoder.replaceAll('DAMAGE', damageOf(tree)));
  },

  async show(tree) {
    await tree.tests(
      'fast',
      'test/contract',
      'test/images/decode.test.ts',
      'test/images/pgm.test.ts',
      'test/images/misleading.test.ts',
      'test/import/import.test.ts',
      'test/renderer/stages/data',
    );
    // The same phantoms as PNG and as PGM are the same scans.
    const png = path.join(tree.folder, '.falx', 'png');
    await tree.falx('demo', png, '--per-class', '12');
    const names = tree.files('.falx/png').filter((name) => name.endsWith('.png'));
    for (const name of names) {
      const { data, info } = await sharp(path.join(png, name))
        .flatten()
        .greyscale()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const grey = data.filter((_, at) => at % info.channels === 0);
      const head = Buffer.from(`P5\n# made\n${info.width} ${info.height}\n255\n`);
      tree.write(`.falx/pgm/${name.replace(/png$/, 'pgm')}`, Buffer.concat([head, grey]));
    }
    const imported = await tree.falx<{ images: number; formats: Record<string, number> }>(
      'import',
      path.join(tree.folder, '.falx', 'pgm'),
    );
    if (names.length === 0 || imported.formats['pgm'] !== names.length)
      throw new Error(`of ${names.length} files were imported: ${JSON.stringify(imported)}`);
  },
};

/** How the BMP decoder reports that a file ends too early. */
const damageOf = (tree: Tree): string =>
  /new Damage\([^;]*?\)(?=;)/.exec(tree.read('src-main/images/bmp.ts'))![0].replaceAll('\n', ' ');
