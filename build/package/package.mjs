import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundledInto } from '../../src-main/core/software-components.ts';
import { megabytes, orSay, reasonIn, run, say, SetUpError, step } from '../setup/command.mjs';
import { provideRuntime, repository } from '../setup/set-up.mjs';
import { provideBuild } from '../stale.mjs';
import { hashOf, makeDeb, makeTarball } from './archives.mjs';
import { findElectron } from './package-electron.mjs';
import { listFiles, write } from './files.mjs';
import { gpuPack } from './gpu-pack.mjs';
import { command, program } from './layout.mjs';
import { electronVersion, stageLicences } from './licences.mjs';
import { dependencies, programsIn, strip } from './programs.mjs';
import { billOfMaterials } from './sbom.mjs';
import { stageProgram } from './stage.mjs';
import { controlFields, controlFiles, maintainer, packageName, placeSystemFiles } from './system-files.mjs';

const help = `npm run package                             makes a Debian package and a .tar.gz of Falx in dist/
npm run package -- --electron FOLDER        with the Electron unpacked there (else the one that set-up fetched)
npm run package -- --without-window         the server package: the command line and the window for browsers
npm run package -- --out FOLDER             elsewhere than in dist/
npm run package -- --only deb               or tar: one of the two
npm run package -- --fast                   larger, in a fifth of the time: to try it out
npm run package -- --release 0.2.0~rc1      under another version than package.json's`;

await orSay(async () => {
  const options = read(process.argv.slice(2));
  if (!options) return;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new SetUpError(
      `packages are made on Linux on x86-64, for it; this is ${process.platform} on ${process.arch}.`,
    );
  const { time, commit } = await readCommit();
  const runtime = await provideRuntime('cpu');
  // Before anything that takes long.
  const electron = options['without-window'] ? null : await findElectron(runtime.node, options.electron);
  await provideBuild(
    runtime.node,
    electron === null ? ['main', 'renderer'] : ['main', 'preload', 'renderer'],
  );
  const { version: own } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  const version = options.release ?? own;
  const window = electron !== null;
  const name = packageName(window);

  const out = resolve(options.out);
  mkdirSync(out, { recursive: true });
  const stage = mkdtempSync(join(out, '.staged-'));
  try {
    const root = join(stage, 'root');
    const folder = join(root, program);
    const bill = await step('laying the files', async () => {
      const { packages } = await stageProgram(folder, {
        version,
        commit,
        time,
        electron,
        runtime,
        gpuPack: await gpuPack(),
      });
      // Electron's own programs are already stripped.
      for (const path of programsIn(folder))
        if (!path.startsWith('electron/')) await strip(join(folder, path));
      await stageLicences(folder, { packages, runtime, electron });
      await placeSystemFiles(root, { window, version, seconds: time });
      return billOfMaterials({
        ...{ name, version, commit, time, program: folder },
        folders: [...packages.map((one) => one.folder), ...bundledInto(repository)],
        wheels: runtime.wheels,
        electron: electron === null ? null : { version: electronVersion(electron) },
      });
    });
    /** @type {string[]} */
    const made = [];
    if (options.only !== 'deb') {
      const file = join(out, `${name}-${version}-linux-x64.tar.gz`);
      await step(`packing ${relative('', file)}`, () =>
        makeTarball(folder, `${name}-${version}`, file, { time, fast: options.fast }),
      );
      made.push(file);
    }
    if (options.only !== 'tar') {
      const file = join(out, `${name}_${version}_amd64.deb`);
      mkdirSync(join(root, 'usr', 'bin'), { recursive: true });
      symlinkSync(relative('usr/bin', command), join(root, 'usr', 'bin', 'falx'));
      const fields = controlFields(window);
      fields['Depends'] = mergeDependencies(fields['Depends'] ?? '', await dependencies(folder));
      const about = {
        ...{ version, time, maintainer, fields, scripts: controlFiles(window) },
        fast: options.fast,
      };
      await step(`packing ${relative('', file)}`, () => makeDeb(root, file, about));
      made.push(file);
    }
    const sbom = join(out, `${name}_${version}_amd64.cdx.json`);
    write(sbom, `${JSON.stringify(bill, null, 2)}\n`);
    made.push(sbom);
    const bytes = listFiles(folder).reduce((sum, file) => sum + file.bytes, 0);
    say(`${megabytes(bytes)} MB when installed`);
    for (const file of made)
      console.log(`${await hashOf('sha256', file)}  ${file}  ${megabytes(statSync(file).size)} MB`);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
});

/**
 * The named dependencies and those found; where both name a package, the one found wins.
 * @param {string} named as in "Depends"
 * @param {string[]} found
 */
function mergeDependencies(named, found) {
  const name = (/** @type {string} */ need) => need.split(/[ |]/)[0];
  const others = named.split(', ').filter((need) => !found.some((one) => name(one) === name(need)));
  return [...found, ...others].sort().join(', ');
}

/** @param {string[]} args */
function read(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        help: { type: 'boolean', short: 'h' },
        'without-window': { type: 'boolean', default: false },
        electron: { type: 'string' },
        out: { type: 'string', default: join(repository, 'dist') },
        only: { type: 'string' },
        fast: { type: 'boolean', default: false },
        release: { type: 'string' },
      },
    });
    if (values.help) return void console.log(help);
    if (values.only !== undefined && values.only !== 'deb' && values.only !== 'tar')
      throw new Error('--only is deb or tar');
    if (values.release !== undefined && !/^\d[\w.+~]*$/.test(values.release))
      throw new Error('--release is a version, such as 0.2.0');
    if (values.electron !== undefined && values['without-window'])
      throw new Error('--electron and --without-window are each other’s contrary');
    return values;
  } catch (error) {
    console.error(`Falx: ${/** @type {Error} */ (error).message}\n\n${help}`);
    process.exitCode = 2;
    return undefined;
  }
}

/**
 * The commit that is packaged: its time becomes that of all files, so that anyone who builds it gets the same bytes. A
 * checkout without git, such as a source archive, uses SOURCE_DATE_EPOCH.
 * @returns {Promise<{ time: number, commit: string }>}
 */
async function readCommit() {
  const { SOURCE_DATE_EPOCH } = process.env;
  const { code, output } = await run('git', ['-C', repository, 'log', '-1', '--format=%ct %H']);
  const [, time, commit = ''] = (code === 0 && /^(\d+) ([0-9a-f]+)\s*$/.exec(output)) || [];
  if (SOURCE_DATE_EPOCH) return { time: Number(SOURCE_DATE_EPOCH), commit };
  if (time === undefined)
    throw new SetUpError(
      `the commit that is packaged is not known (${reasonIn(output)}). Set SOURCE_DATE_EPOCH to its time, in seconds since 1970.`,
    );
  return { time: Number(time), commit };
}
