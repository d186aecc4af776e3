import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { reasonIn, run, SetUpError } from '../setup/command.mjs';
import { listFiles, normaliseTree, write } from './files.mjs';

/**
 * Makes a Debian package of the file tree at `root`.
 * @param {string} root
 * @param {string} file
 * @param {object} about
 * @param {string} about.version
 * @param {number} about.time modification time of all files, seconds since 1970
 * @param {string} about.maintainer
 * @param {Record<string, string>} about.fields additional fields of the control file
 * @param {Record<string, string>} about.scripts the other files of the control archive, by name
 * @param {boolean} about.fast faster rather than smaller compression
 */
export async function makeDeb(root, file, about) {
  const { version, time, maintainer, fields, scripts, fast } = about;
  const files = listFiles(root);
  const kilobytes = files.reduce((sum, { bytes }) => sum + Math.max(1, Math.ceil(bytes / 1024)), 0);
  const { Package, Description, ...others } = fields;
  const control = {
    Package,
    Version: version,
    Maintainer: maintainer,
    'Installed-Size': String(kilobytes),
    ...others,
    Description,
  };
  const debian = join(root, 'DEBIAN');
  const lines = Object.entries(control).map(([field, value]) => `${field}: ${value}\n`);
  write(join(debian, 'control'), lines.join(''));
  const sums = [];
  for (const { path, link } of files)
    if (link === null) sums.push(`${await md5(join(root, path))}  ${path}\n`);
  write(join(debian, 'md5sums'), sums.join(''));
  for (const [script, content] of Object.entries(scripts))
    write(join(debian, script), content, /^(pre|post)(inst|rm)$|^config$/.test(script) ? 0o755 : 0o644);
  normaliseTree(root, time);
  // Blocks are compressed independently, so that the output does not depend on the number of threads.
  const packing = fast ? ['-Zgzip', '-z1'] : ['-Zxz', '-z1'];
  await mustRun(
    'dpkg-deb',
    [...packing, '--uniform-compression', '--root-owner-group', '--build', root, file],
    {
      SOURCE_DATE_EPOCH: String(time),
    },
  );
}

/**
 * Makes a .tar.gz of one folder, named `name` in it.
 * @param {string} folder
 * @param {string} name
 * @param {string} file
 * @param {{ time: number, fast: boolean }} how
 */
export async function makeTarball(folder, name, file, { time, fast }) {
  normaliseTree(folder, time);
  const plain = [
    '--sort=name',
    '--format=gnu',
    '--owner=root:0',
    '--group=root:0',
    `--mtime=@${time}`,
    '--mode=u-s',
  ];
  const named = [
    '--transform',
    `flags=r;s,^\\.,${name},`,
    '--use-compress-program',
    `gzip -n -${fast ? 1 : 6}`,
  ];
  await mustRun('tar', ['--create', '--file', file, ...plain, ...named, '--directory', folder, '.'], {
    TZ: 'UTC',
    LC_ALL: 'C',
  });
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} env
 */
async function mustRun(program, args, env) {
  const { code, output } = await run(program, args, { env: { ...process.env, ...env } });
  if (code !== 0) throw new SetUpError(`${program} failed: ${reasonIn(output)}`);
}

/** @param {string} file */
const md5 = (file) => hashOf('md5', file);

/**
 * @param {string} kind
 * @param {string} file
 */
export async function hashOf(kind, file) {
  const hash = createHash(kind);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}
