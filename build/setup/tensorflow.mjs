import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pipAddress } from './addresses.mjs';
import { megabytes, reasonIn, run, say, SetUpError, step } from './command.mjs';
import { readIfWhole, writeWhole } from './whole.mjs';

/** @import { RuntimeLock, Tools, Wheel } from './machine.mjs' */

/**
 * The folder that a build's wheels are unpacked into, with the wheels' own layout: `tensorflow/` beside `nvidia/`.
 * @param {string} cache
 * @param {string} name of the build, "linux-x64-cpu"
 * @param {RuntimeLock} lock
 */
export const tensorflowFolder = (cache, name, lock) =>
  join(cache, 'tensorflow', `${lock.tensorflow}-${name}`);

/**
 * The wheels that are not completely installed: unpacked only in part, with another checksum, or with a file missing or
 * of another size.
 * @param {string} folder
 * @param {Wheel[]} wheels
 */
export const absentWheels = (folder, wheels) =>
  wheels.filter((wheel) => {
    const receipt = readIfWhole(receiptOf(folder, wheel));
    return receipt?.sha256 !== wheel.sha256 || !receipt || !sameSizes(folder, receipt.files);
  });

/**
 * Absolute paths and sizes of all unpacked files.
 * @param {string} folder
 * @param {Wheel[]} wheels
 * @returns {[file: string, bytes: number][]}
 */
export const unpackedFiles = (folder, wheels) =>
  wheels.flatMap((wheel) => {
    /** @type {Record<string, number>} */
    const files = readIfWhole(receiptOf(folder, wheel))?.files ?? {};
    return Object.entries(files).map(
      ([file, bytes]) => /** @type {[string, number]} */ ([join(folder, file), bytes]),
    );
  });

/**
 * Downloads, verifies and unpacks the missing wheels of a build one by one; a wheel is deleted as soon as it is unpacked.
 * The caller must hold the cache's lock.
 * @param {{ cache: string, folder: string, wheels: Wheel[], python: string, tools: Tools }} options `python` is the version
 *   the wheels are for
 * @throws {SetUpError} when disk space is short, pip fails, or a checksum differs
 */
export async function provideTensorflow({ cache, folder, wheels, python, tools }) {
  const absent = absentWheels(folder, wheels);
  const unchecked = absent.find((wheel) => !wheel.sha256);
  if (unchecked)
    throw new SetUpError(
      `${unchecked.file} has no checked SHA-256 in build/runtime-lock.json, so it is not installed. Add one.`,
    );
  const downloads = join(cache, 'downloads');
  rmSync(downloads, { recursive: true, force: true }); // left by an interrupted set-up
  mkdirSync(folder, { recursive: true });
  checkRoom(folder, absent);
  if (absent.length > 0) {
    const bytes = absent.reduce((sum, wheel) => sum + wheel.bytes, 0);
    say(`fetching TensorFlow (${megabytes(bytes)} MB) from ${await pipAddress(tools.pip ?? [])}`);
  }
  try {
    for (const wheel of absent) {
      const file = await download(wheel, downloads, python, tools);
      await verify(wheel, file);
      await unpack(wheel, file, folder, tools);
      rmSync(file);
    }
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {Wheel} wheel
 */
const receiptOf = (folder, wheel) => join(folder, '.wheels', `${wheel.file}.json`);

/**
 * @param {string} folder
 * @param {Record<string, number>} files
 */
const sameSizes = (folder, files) =>
  Object.entries(files).every(
    ([file, bytes]) => statSync(join(folder, file), { throwIfNoEntry: false })?.size === bytes,
  );

/**
 * @param {string} folder
 * @param {Wheel[]} wheels
 */
function checkRoom(folder, wheels) {
  const needed =
    wheels.reduce((sum, wheel) => sum + wheel.unpackedBytes, 0) +
    Math.max(0, ...wheels.map((wheel) => wheel.bytes));
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < needed)
    throw new SetUpError(
      `TensorFlow needs ${megabytes(needed)} MB in ${folder}, and ${megabytes(bavail * bsize)} MB are free. Free some space, or set FALX_CACHE to a folder on another disk.`,
    );
}

/**
 * @param {Wheel} wheel
 * @param {string} folder
 * @param {string} python
 * @param {Tools} tools
 */
async function download(wheel, folder, python, tools) {
  mkdirSync(folder, { recursive: true });
  const [pip = '', ...first] = tools.pip ?? [];
  const tags = ['--platform', wheel.platform, '--python-version', python, '--implementation', 'cp'];
  const abis = ['--abi', `cp${python.replace('.', '')}`, '--only-binary', ':all:'];
  const quiet = [
    '--quiet',
    '--no-deps',
    '--no-cache-dir',
    '--disable-pip-version-check',
    '--progress-bar',
    'off',
  ];
  const args = [
    ...first,
    'download',
    ...quiet,
    ...tags,
    ...abis,
    '--dest',
    folder,
    `${wheel.name}==${wheel.version}`,
  ];
  const total = megabytes(wheel.bytes);
  return step(`downloading ${wheel.name} ${wheel.version} (${total} MB)`, async (tell) => {
    // pip's temporary files go into the same folder: the next set-up cleans it, its disk has room, and its size is measured.
    const env = { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder };
    const watch = setInterval(
      () => tell(`${Math.min(megabytes(bytesIn(folder)), total)} of ${total} MB`),
      500,
    );
    const { code, output } = await run(pip, args, { env }).finally(() => clearInterval(watch));
    if (code !== 0)
      throw new SetUpError(
        `pip could not download ${wheel.name} ${wheel.version}. Check the connection, or the proxy or mirror pip is set up with, and start again. pip said:\n  ${reasonIn(output)}`,
      );
    if (!existsSync(join(folder, wheel.file)))
      throw new SetUpError(
        `pip brought ${readdirSync(folder).join(', ') || 'nothing'} in place of ${wheel.file}. Check the index pip is set up with and start again.`,
      );
    return join(folder, wheel.file);
  });
}

/**
 * @param {Wheel} wheel
 * @param {string} file
 */
async function verify(wheel, file) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  const sha256 = hash.digest('hex');
  if (sha256 !== wheel.sha256)
    throw new SetUpError(
      `${wheel.file} is not the file Falx was built with and was refused: its SHA-256 is ${sha256}, expected ${wheel.sha256}. Check the index pip is set up with and start again.`,
    );
}

/**
 * @param {Wheel} wheel
 * @param {string} file
 * @param {string} folder
 * @param {Tools} tools
 */
async function unpack(wheel, file, folder, tools) {
  const [python = '', ...first] = tools.python ?? [];
  const total = megabytes(wheel.unpackedBytes);
  await step(`unpacking ${wheel.name} ${wheel.version} (${total} MB)`, async (tell) => {
    const before = bytesIn(folder);
    const watch = setInterval(
      () => tell(`${Math.min(megabytes(bytesIn(folder) - before), total)} of ${total} MB`),
      500,
    );
    const script = fileURLToPath(new URL('unpack.py', import.meta.url));
    const { code, output } = await run(python, [...first, script, file, folder]).finally(() =>
      clearInterval(watch),
    );
    if (code !== 0)
      throw new SetUpError(
        `${wheel.file} could not be unpacked into ${folder}. Start again. Python said:\n  ${reasonIn(output)}`,
      );
    writeWhole(receiptOf(folder, wheel), { sha256: wheel.sha256, files: JSON.parse(output) });
  });
}

/**
 * Total bytes of all files in a folder; files may come and go meanwhile.
 * @param {string} folder
 * @returns {number}
 */
function bytesIn(folder) {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return (
      sum + (entry.isDirectory() ? bytesIn(path) : (statSync(path, { throwIfNoEntry: false })?.size ?? 0))
    );
  }, 0);
}
