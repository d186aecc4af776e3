import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { reasonIn, run, SetUpError } from '../setup/command.mjs';
import { listFiles } from './files.mjs';

/** Compiled programs and libraries (ELF): stripping them, and finding their dependencies. */

const magic = Buffer.from('\x7fELF', 'latin1');

/** @param {string} file */
function isProgram(file) {
  if (statSync(file).size < 64) return false;
  const handle = openSync(file, 'r');
  try {
    const start = Buffer.alloc(4);
    readSync(handle, start, 0, 4, 0);
    return start.equals(magic);
  } finally {
    closeSync(handle);
  }
}

/**
 * The programs and libraries in a folder.
 * @param {string} folder
 */
export const programsIn = (folder) =>
  listFiles(folder)
    .filter(({ path, link }) => link === null && isProgram(join(folder, path)))
    .map(({ path }) => path);

/**
 * Removes the symbols that only debuggers read: 0.2 GB of TensorFlow's. What is loaded into memory stays identical, which
 * is checked: a tool that moves sections (patchelf) has broken TensorFlow's binding.
 * @param {string} file
 */
export async function strip(file) {
  const before = loadedPartsOf(file);
  const { code, output } = await run('strip', ['--strip-all', '--preserve-dates', file]);
  if (code !== 0) throw new SetUpError(`${file} could not be made smaller with strip: ${reasonIn(output)}`);
  const after = loadedPartsOf(file);
  if (
    before.length !== after.length ||
    !before.every((part, at) => part.equals(/** @type {Buffer} */ (after[at])))
  )
    throw new SetUpError(`strip changed what is loaded of ${file}. Use another version of binutils.`);
}

/**
 * The loaded segments, without the first page, whose header holds the position of the section table.
 * @param {string} file
 * @returns {Buffer[]}
 */
function loadedPartsOf(file) {
  const content = readFileSync(file);
  const [table, size, count] = [
    Number(content.readBigUInt64LE(0x20)),
    content.readUInt16LE(0x36),
    content.readUInt16LE(0x38),
  ];
  return Array.from({ length: count }, (_, n) => content.subarray(table + n * size, table + (n + 1) * size))
    .filter((segment) => segment.readUInt32LE(0) === 1)
    .map((segment) => {
      const from = Number(segment.readBigUInt64LE(8));
      return content.subarray(Math.max(from, 64), from + Number(segment.readBigUInt64LE(32)));
    });
}

/** Debian's package of each library that may be needed; for libraries renamed for 64-bit time_t the new name comes first. */
const packagesOf = new Map(
  Object.entries({
    'ld-linux-x86-64.so.2': 'libc6',
    'libasound.so.2': 'libasound2t64 | libasound2',
    'libatk-1.0.so.0': 'libatk1.0-0t64 | libatk1.0-0',
    'libatk-bridge-2.0.so.0': 'libatk-bridge2.0-0t64 | libatk-bridge2.0-0',
    'libatomic.so.1': 'libatomic1',
    'libatspi.so.0': 'libatspi2.0-0t64 | libatspi2.0-0',
    'libc.so.6': 'libc6',
    'libcairo.so.2': 'libcairo2',
    'libcups.so.2': 'libcups2t64 | libcups2',
    'libdbus-1.so.3': 'libdbus-1-3',
    'libdl.so.2': 'libc6',
    'libdrm.so.2': 'libdrm2',
    'libexpat.so.1': 'libexpat1',
    'libgbm.so.1': 'libgbm1',
    'libgcc_s.so.1': 'libgcc-s1',
    'libgio-2.0.so.0': 'libglib2.0-0t64 | libglib2.0-0',
    'libglib-2.0.so.0': 'libglib2.0-0t64 | libglib2.0-0',
    'libgobject-2.0.so.0': 'libglib2.0-0t64 | libglib2.0-0',
    'libgtk-3.so.0': 'libgtk-3-0t64 | libgtk-3-0',
    'libm.so.6': 'libc6',
    'libnspr4.so': 'libnspr4',
    'libnss3.so': 'libnss3',
    'libnssutil3.so': 'libnss3',
    'libpango-1.0.so.0': 'libpango-1.0-0',
    'libpthread.so.0': 'libc6',
    'libresolv.so.2': 'libc6',
    'librt.so.1': 'libc6',
    'libsmime3.so': 'libnss3',
    'libstdc++.so.6': 'libstdc++6',
    'libudev.so.1': 'libudev1',
    'libX11.so.6': 'libx11-6',
    'libxcb.so.1': 'libxcb1',
    'libXcomposite.so.1': 'libxcomposite1',
    'libXdamage.so.1': 'libxdamage1',
    'libXext.so.6': 'libxext6',
    'libXfixes.so.3': 'libxfixes3',
    'libxkbcommon.so.0': 'libxkbcommon0',
    'libXrandr.so.2': 'libxrandr2',
  }),
);

/** The GCC version, by which libstdc++6 is versioned, that introduced each version of its symbols. */
const gccOf = new Map(
  Object.entries({
    ...{ '3.4.21': '5.2', '3.4.22': '6', '3.4.23': '7', '3.4.24': '7', '3.4.25': '8', '3.4.26': '9' },
    ...{
      '3.4.27': '9',
      '3.4.28': '9',
      '3.4.29': '11',
      '3.4.30': '12',
      '3.4.31': '13',
      '3.4.32': '13',
      '3.4.33': '14',
    },
  }),
);

/**
 * The libraries that a folder's programs need and that are not in it, as Debian packages.
 * @param {string} folder
 * @returns {Promise<string[]>} as in "Depends", sorted
 */
export async function dependencies(folder) {
  const programs = programsIn(folder);
  const own = new Set(programs.map((path) => path.slice(path.lastIndexOf('/') + 1)));
  /** @type {Set<string>} */
  const needed = new Set();
  let glibc = '2.2.5';
  let glibcxx = '3.4.21';
  for (const path of programs) {
    const { code, output } = await outputOf('objdump', ['-p', join(folder, path)]);
    if (code !== 0) throw new SetUpError(`${path} could not be read with objdump: ${reasonIn(output)}`);
    for (const [, library = ''] of output.matchAll(/^\s+NEEDED\s+(\S+)/gm)) {
      if (own.has(library)) continue;
      const name = packagesOf.get(library);
      if (name === undefined)
        throw new SetUpError(
          `${path} needs ${library}: name Debian's package of it in build/package/programs.mjs.`,
        );
      needed.add(name);
    }
    glibc = newest([glibc, ...versionsIn(output, /\bGLIBC_([\d.]+)/g)]);
    glibcxx = newest([glibcxx, ...versionsIn(output, /\bGLIBCXX_([\d.]+)/g)]);
  }
  const gcc = gccOf.get(glibcxx);
  if (gcc === undefined)
    throw new SetUpError(`which GCC brought GLIBCXX_${glibcxx}? Say so in build/package/programs.mjs.`);
  return [...needed]
    .map((name) =>
      name === 'libc6' ? `libc6 (>= ${glibc})` : name === 'libstdc++6' ? `libstdc++6 (>= ${gcc})` : name,
    )
    .sort();
}

/**
 * @param {string} text
 * @param {RegExp} pattern
 */
const versionsIn = (text, pattern) => [...text.matchAll(pattern)].map(([, version = '']) => version);

/** @param {string[]} versions */
const newest = (versions) =>
  versions.reduce((most, version) =>
    version.localeCompare(most, 'en', { numeric: true }) > 0 ? version : most,
  );

/**
 * The complete output of a program, however long.
 * @param {string} program
 * @param {string[]} args
 */
async function outputOf(program, args) {
  const { execFile } = await import('node:child_process');
  return new Promise(
    /** @param {(done: { code: number, output: string }) => void} done */ (done) => {
      execFile(program, args, { maxBuffer: 1 << 30 }, (error, stdout, stderr) =>
        done({ code: error ? 1 : 0, output: error ? stderr || error.message : stdout }),
      );
    },
  );
}
