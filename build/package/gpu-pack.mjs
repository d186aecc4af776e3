import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, say } from '../setup/command.mjs';
import { findTools, readRuntimeLock } from '../setup/machine.mjs';

/**
 * The parts of GPU support, in the form that `falx gpu install` reads. The sources contain no addresses: they come from
 * the index that pip is configured with here. Where it gives none, the package has none, and support is added from a
 * folder.
 * @returns {Promise<{ wheels: { name: string, version: string, file: string, sha256: string, bytes: number,
 *   unpackedBytes: number, url: string | null }[] }>}
 */
export async function gpuPack() {
  const lock = readRuntimeLock();
  const wheels = (lock.builds['linux-x64-gpu']?.wheels ?? []).filter((wheel) => wheel.sha256 !== null);
  const addresses = await addressesOf(wheels, lock.python);
  return {
    wheels: wheels.map(({ name, version, file, sha256, bytes, unpackedBytes }) => {
      const url = addresses.get(file) ?? null;
      return { name, version, file, sha256: sha256 ?? '', bytes, unpackedBytes, url };
    }),
  };
}

/**
 * Asks pip, which downloads the wheels' metadata only.
 * @param {import('../setup/machine.mjs').Wheel[]} wheels
 * @param {string} python
 * @returns {Promise<Map<string, string>>} file → address
 */
async function addressesOf(wheels, python) {
  const { pip: [pip = '', ...first] = [] } = await findTools(['pip']);
  if (pip === '') {
    say('pip is not here: the package will add GPU support from a folder only');
    return new Map();
  }
  const folder = mkdtempSync(join(tmpdir(), 'falx-gpu-pack-'));
  try {
    const report = join(folder, 'report.json');
    const platforms = [...new Set(wheels.map(({ platform }) => platform))].flatMap((tag) => [
      '--platform',
      tag,
    ]);
    const { code, output } = await run(pip, [
      ...[...first, 'install', '--dry-run', '--quiet', '--no-deps', '--disable-pip-version-check'],
      ...['--only-binary', ':all:', '--python-version', python, '--implementation', 'cp'],
      ...['--abi', `cp${python.replace('.', '')}`, '--abi', 'none', ...platforms],
      ...['--target', join(folder, 'nowhere'), '--report', report],
      ...wheels.map(({ name, version }) => `${name}==${version}`),
    ]);
    if (code !== 0) {
      const reason = output.trim().split('\n').at(-1) ?? '';
      say(
        `pip's index gives no address of GPU support (${reason}): the package will add it from a folder only`,
      );
      return new Map();
    }
    /** @type {{ install: { download_info: { url: string, archive_info?: { hashes?: { sha256?: string } } } }[] }} */
    const { install } = JSON.parse(readFileSync(report, 'utf8'));
    return new Map(
      install.flatMap(({ download_info: { url, archive_info } }) => {
        const wheel = wheels.find(({ sha256 }) => sha256 === archive_info?.hashes?.sha256);
        // A folder on this machine is useless elsewhere.
        return wheel && /^https?:/.test(url) ? [[wheel.file, withoutLogin(url)]] : [];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} url */
function withoutLogin(url) {
  const plain = new URL(url);
  plain.username = plain.password = '';
  return plain.href;
}
