import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { fuses, fusesIn } from '../../build/package/fuses.mjs';
import { programFolder } from '../../src-main/system/installation.ts';
import { layStandInElectron } from './package-stand-in.ts';

// npm run verify:package: installs the output of "npm run package" in a Debian created for it, without network, Python,
// compiler or npm, and uses it there as an ordinary user. Needs root, mmdebstrap and lintian; takes 15 to 25 minutes on two
// cores, mostly for compression and lintian.

const { values: wish } = parseArgs({
  options: {
    /** Existing packages, to use instead of building them. */
    server: { type: 'string' },
    window: { type: 'string' },
    suite: { type: 'string', default: 'bookworm' },
    /** An existing root file system: it is modified. */
    root: { type: 'string' },
    'no-lintian': { type: 'boolean', default: false },
    inside: { type: 'string' },
  },
});

type Plan = { root: string; server: string; window: string; older: string; lintian: boolean };

/** The steps that need the network: the packages and the Debian. */
function prepareAndVerify(place: string): number {
  if (process.getuid?.() !== 0)
    throw new Error('only root can make a root of its own: sudo npm run verify:package');
  for (const tool of ['mmdebstrap', 'unshare', 'ip', ...(wish['no-lintian'] ? [] : ['lintian'])])
    if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
      throw new Error(`${tool} is missing: apt-get install mmdebstrap util-linux iproute2 lintian`);
  const server = wish.server ?? packaged(place, '--without-window');
  const electron = path.join(place, 'electron');
  layStandInElectron(electron);
  const window = wish.window ?? packaged(place, '--electron', electron, '--fast');
  const plan: Plan = {
    root: wish.root ?? debian(path.join(place, 'root'), [server, window]),
    server,
    window,
    older: olderOf(server, place),
    lintian: !wish['no-lintian'],
  };
  const file = path.join(place, 'plan.json');
  writeFileSync(file, JSON.stringify(plan));
  // With its own network, mounts and processes: only the loopback interface, and nothing is left behind.
  const { status } = spawnSync(
    'unshare',
    [
      ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c'],
      'ip link set lo up && exec "$@"',
      ...['sh', process.execPath, import.meta.filename, '--inside', file],
    ],
    { stdio: 'inherit' },
  );
  return status ?? 1;
}

/** Builds a package. @returns the .deb */
function packaged(place: string, ...options: string[]): string {
  const out = mkdtempSync(path.join(place, 'dist-'));
  const script = path.join(programFolder, 'build', 'package', 'package.mjs');
  execFileSync(process.execPath, [script, ...options, '--only', 'deb', '--out', out], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [deb] = readdirSync(out).filter((name) => name.endsWith('.deb'));
  return path.join(out, deb!);
}

/** The same package with an earlier version, and a file that the newer one no longer has. */
function olderOf(deb: string, place: string): string {
  const tree = path.join(place, 'older');
  execFileSync('dpkg-deb', ['-R', deb, tree]);
  for (const file of ['DEBIAN/control', 'usr/lib/falx/package.json', 'usr/lib/falx/installation.json']) {
    const text = readFileSync(path.join(tree, file), 'utf8');
    writeFileSync(path.join(tree, file), text.replace(/(Version: |"version": ")[^"\n]+/, '$10.0.9'));
  }
  writeFileSync(path.join(tree, 'usr/lib/falx/only-in-the-older'), 'x\n');
  const sums = path.join(tree, 'DEBIAN/md5sums');
  const others = readFileSync(sums, 'utf8').replace(
    /^.* usr\/lib\/falx\/(package|installation)\.json\n/gm,
    '',
  );
  writeFileSync(sums, others);
  const file = path.join(place, 'older.deb');
  execFileSync('dpkg-deb', ['-Znone', '--root-owner-group', '-b', tree, file], { stdio: 'ignore' });
  rmSync(tree, { recursive: true });
  return file;
}

/** A Debian with only the packages' declared dependencies, from this machine's own sources. */
function debian(root: string, packages: readonly string[]): string {
  const known = (name: string) => spawnSync('apt-cache', ['show', name], { stdio: 'ignore' }).status === 0;
  const needed = packages.flatMap((deb) =>
    execFileSync('dpkg-deb', ['-f', deb, 'Depends'], { encoding: 'utf8' })
      .trim()
      .split(', ')
      .map((need) => need.split(' | ').map((one) => one.split(' ')[0]!))
      .map((choices) => choices.find(known) ?? choices[0]!),
  );
  const sources = globSync('/etc/apt/sources.list{,.d/*}')
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const mirror =
    /^URIs: (\S+\/debian)\/?$/m.exec(sources)?.[1] ??
    /^deb (?:\[.*\] )?(\S+\/debian)\/? /m.exec(sources)?.[1];
  if (mirror === undefined)
    throw new Error('this machine’s sources.list names no Debian to take a root from');
  execFileSync(
    'mmdebstrap',
    ['--quiet', '--variant=minbase', `--include=${[...new Set(needed)].join(',')}`, wish.suite, root, mirror],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return root;
}

/** In its own namespaces: everything that the packages must do. */
async function verify({ root, server, window, older, lintian }: Plan): Promise<number> {
  const counts = { passed: 0, failed: 0 };
  const began = performance.now();
  const check = async (what: string, holds: () => unknown) => {
    const from = performance.now();
    let fault: unknown;
    try {
      const answer = await holds();
      if (answer === false) fault = 'it does not';
    } catch (error) {
      fault = error;
    }
    counts[fault === undefined ? 'passed' : 'failed'] += 1;
    console.log(
      `${fault === undefined ? '✓' : '✗'} ${what} (${((performance.now() - from) / 1000).toFixed(1)} s)`,
    );
    if (fault !== undefined) console.log(fault instanceof Error ? fault.message : fault);
  };
  const evaluated = lintian ? evaluate([server, window]) : null;

  for (const [kind, at] of [
    ['proc', 'proc'],
    ['tmpfs', 'dev/shm'],
    ['tmpfs', 'tmp'],
  ] as const) {
    mkdirSync(path.join(root, at), { recursive: true });
    execFileSync('mount', ['-t', kind, kind, path.join(root, at)]);
  }
  for (const device of ['null', 'zero', 'random', 'urandom']) {
    const at = path.join(root, 'dev', device);
    if (!existsSync(at)) writeFileSync(at, '');
    execFileSync('mount', ['--bind', `/dev/${device}`, at]);
  }
  const asRoot = (...command: string[]) => inRoot(root, 'root', command);
  const asPerson = (...command: string[]) => inRoot(root, 'anna', command);
  // The JSON of each command is described in docs/command-line.md.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const json = (...command: string[]): any => JSON.parse(asPerson('falx', ...command, '--json'));

  asRoot('useradd', '--create-home', '--uid', '1500', 'anna');
  const before = listed(root);
  const put = (deb: string) => {
    copyFileSync(deb, path.join(root, 'tmp', 'falx.deb'));
    asRoot('dpkg', '-i', '/tmp/falx.deb');
    rmSync(path.join(root, 'tmp', 'falx.deb'));
  };

  await check('the root has no Python, compiler, npm, Node or pip', () =>
    ['python3', 'python', 'gcc', 'g++', 'cc', 'npm', 'node', 'pip', 'curl', 'wget'].every(
      (name) => spawnSync('chroot', [root, 'sh', '-c', `command -v ${name}`]).status !== 0,
    ),
  );
  await check('there is no network', () => {
    const links = execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }).trim().split('\n');
    return links.length === 1 && links[0]!.includes(' lo:');
  });

  await check('an older server package installs', () => put(older));
  await check('no library is missing', () => {
    const programs = globSync('usr/lib/falx/**/*{.node,.so*,bin/node}', { cwd: root });
    const missing = asRoot('ldd', ...programs.map((file) => `/${file}`))
      .split('\n')
      .filter((line) => line.includes('not found'));
    if (missing.length > 0) throw new Error(missing.join('\n'));
    return programs.length > 4;
  });
  await check('a person is told the version, and what was found', () => {
    if (asPerson('falx', '--version').trim() !== '0.0.9') return false;
    const doctor = json('doctor');
    if (doctor.problems?.length > 0) throw new Error(JSON.stringify(doctor.problems));
    return asPerson('falx', 'doctor').includes('TensorFlow');
  });

  let [dataset, splitId, run] = ['', '', ''];
  type Answer = { file: string; sha256: string; probability: number; label: string };
  let answers: Answer[] = [];
  const scan = () =>
    globSync('home/anna/phantoms/*/*.png', { cwd: root })
      .sort()
      .slice(0, 2)
      .map((file) => `/${file}`);
  const answered = () =>
    (json('predict', run, ...scan()) as { predictions: Answer[] }).predictions.map(
      ({ file, sha256, probability, label }) => ({ file, sha256, probability, label }),
    );
  await check('demo, import, check, split', () => {
    json('demo', '/home/anna/phantoms', '--per-class', '30', '--size', '64');
    dataset = json('import', '/home/anna/phantoms', '--name', 'phantoms').dataset.id;
    json('check', dataset);
    splitId = json('split', dataset).split.id;
    return dataset !== '' && splitId !== '';
  });
  await check('train', () => {
    const trained = json(
      ...[
        'train',
        splitId,
        '--networks',
        'mobilenetv2',
        '--size',
        '32',
        '--epochs',
        '1',
        '--weights',
        'none',
      ],
    );
    run = trained.runs[0].id;
    return trained.runs[0].status === 'done';
  });
  await check('predict', () => {
    answers = answered();
    return answers.length === 2 && answers.every(({ probability }) => probability >= 0 && probability <= 1);
  });
  await check(
    'the program’s folder is as it was installed: nothing is written there',
    () => asRoot('dpkg', '--verify', 'falx-server').trim() === '',
  );

  await check('the newer one installs over it, and takes the older one’s file away', () => {
    put(server);
    return !existsSync(path.join(root, 'usr/lib/falx/only-in-the-older'));
  });
  await check('the data are kept, and give the same answers', () => {
    const version = (
      JSON.parse(readFileSync(path.join(root, 'usr/lib/falx/package.json'), 'utf8')) as { version: string }
    ).version;
    if (asPerson('falx', '--version').trim() !== version) return false;
    return JSON.stringify(answered()) === JSON.stringify(answers);
  });

  await check('the browser’s journey from an empty home to an answer, and the licences', () => walk(root));

  await check('the service runs as its own user, and hands out new addresses', () => service(root));

  await check('it goes, and comes back', () => {
    asRoot('dpkg', '-r', 'falx-server');
    put(server);
    return asPerson('falx', 'runs', '--json').includes(run);
  });
  await check('removed, it leaves the data and nothing else', () => {
    asRoot('dpkg', '-r', 'falx-server');
    const left = newIn(before, listed(root));
    const data = /^(home\/anna|var\/lib\/falx)(\/|$)/;
    const strangers = left.filter((file) => !data.test(file));
    if (strangers.length > 0) throw new Error(strangers.join('\n'));
    return left.some((file) => file.endsWith('registry.sqlite'));
  });
  await check('purged, it still leaves the data, and the user whose they are', () => {
    asRoot('dpkg', '-P', 'falx-server');
    return existsSync(path.join(root, 'var/lib/falx/home')) && asRoot('getent', 'passwd', 'falx') !== '';
  });
  await check('without data of the service, the user goes too', () => {
    rmSync(path.join(root, 'var/lib/falx'), { recursive: true });
    put(server);
    asRoot('dpkg', '-P', 'falx-server');
    return (
      !existsSync(path.join(root, 'var/lib/falx')) &&
      !readFileSync(path.join(root, 'etc/passwd'), 'utf8').includes('falx')
    );
  });

  await check('the package with a window installs', () => put(window));
  await check('chrome-sandbox is root’s, and runs as root', () => {
    const { mode, uid } = statSync(path.join(root, 'usr/lib/falx/electron/chrome-sandbox'));
    return (mode & 0o7777) === 0o4755 && uid === 0;
  });
  await check('Electron’s fuses are set in what is installed', async () => {
    const found = await fusesIn(path.join(root, 'usr/lib/falx/electron/falx'));
    return JSON.stringify(found) === JSON.stringify(fuses);
  });
  await check('the menu entry starts a program that is there, with an icon that is there', () => {
    const entry = readFileSync(path.join(root, 'usr/share/applications/falx.desktop'), 'utf8');
    const program = /^Exec=(\S+)/m.exec(entry)![1]!;
    const icon = /^Icon=(\S+)/m.exec(entry)![1]!;
    asPerson(program);
    return existsSync(path.join(root, 'usr/share/icons/hicolor/256x256/apps', `${icon}.png`));
  });
  await check('the same data are there', () => asPerson('falx', 'runs', '--json').includes(run));
  await check('the AppArmor profile is where AppArmor would take it, or nowhere', () => {
    const [profile, knows] = [
      path.join(root, 'etc/apparmor.d/falx'),
      path.join(root, 'etc/apparmor.d/abi/4.0'),
    ];
    return existsSync(profile) === existsSync(knows);
  });
  await check('the other package takes its place', () => {
    put2(root, server);
    return !existsSync(path.join(root, 'usr/share/applications/falx.desktop'));
  });
  await check('removed, this too leaves the data and nothing else', () => {
    asRoot('dpkg', '-P', 'falx-server');
    asRoot('sh', '-c', 'dpkg -P falx 2>/dev/null || true');
    const strangers = newIn(before, listed(root)).filter((file) => !/^home\/anna(\/|$)/.test(file));
    if (strangers.length > 0) throw new Error(strangers.join('\n'));
  });

  if (evaluated) {
    const words = await evaluated;
    await check('lintian finds no error', () => {
      const errors = words.split('\n').filter((line) => line.startsWith('E:'));
      if (errors.length > 0) throw new Error(errors.join('\n'));
    });
    console.log(words.trim());
  }
  for (const file of [server, window])
    console.log(`${path.basename(file)}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  console.log(`${((performance.now() - began) / 60_000).toFixed(1)} min`);
  console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed === 0 ? 0 : 1;
}

/** As apt does when one conflicts with the other: the old one is removed first. */
function put2(root: string, deb: string): void {
  copyFileSync(deb, path.join(root, 'tmp', 'falx.deb'));
  inRoot(root, 'root', ['dpkg', '-r', 'falx']);
  inRoot(root, 'root', ['dpkg', '-i', '/tmp/falx.deb']);
  rmSync(path.join(root, 'tmp', 'falx.deb'));
}

const environment = (user: string) => [
  `HOME=${user === 'root' ? '/root' : user === 'falx' ? '/var/lib/falx' : '/home/anna'}`,
  'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
  'LANG=C.UTF-8',
  'DEBIAN_FRONTEND=noninteractive',
];
const chrooted = (root: string, user: string, command: readonly string[]) => [
  `--userspec=${user}:${user}`,
  root,
  'env',
  '-i',
  '-C',
  user === 'root' ? '/' : user === 'falx' ? '/var/lib/falx' : '/home/anna',
  ...environment(user),
  ...command,
];

/** Runs a command in the root. @returns what it printed */
function inRoot(root: string, user: string, command: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('chroot', chrooted(root, user, command), {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0)
    throw new Error(`${command.join(' ')}: ${status}\n${stderr.slice(-2000)}${stdout.slice(-2000)}`);
  return stdout;
}

/** Files and folders of the root, except those kept by dpkg and the kernel. Links are not followed: they lead outside. */
const listed = (root: string): Set<string> =>
  new Set(
    execFileSync('find', [root, '-xdev', '-mindepth', '1', '-printf', '%P\\0'], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
      .split('\0')
      .filter(
        (file) =>
          file !== '' &&
          !/^(proc|sys|dev|tmp|run|var\/lib\/(dpkg|systemd)|var\/log|var\/cache)(\/|$)/.test(file) &&
          !/^etc\/(passwd|group|shadow|gshadow|sub[ug]id)-?$|^etc\/\.pwd\.lock$/.test(file),
      ),
  );
const newIn = (before: Set<string>, after: Set<string>) => [...after].filter((file) => !before.has(file));

/** Starts `falx serve` in the root. @returns the process and the first address */
async function serve(root: string, user: string, options: readonly string[], env: readonly string[] = []) {
  const child = spawn(
    'chroot',
    chrooted(root, user, ['env', ...env, 'falx', 'serve', '--no-open', ...options]),
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let printed = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const next = (after: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = [...printed.matchAll(/http:\/\/127\.0\.0\.1:\d+\/\S*/g)].map(([one]) => one).at(-1);
        if (found !== undefined && found !== after) resolve(found);
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      void ended.then((code) => reject(new Error(`falx serve ended with ${code}:\n${printed}`)));
    });
  child.stdout.on('data', (part: Buffer) => (printed += part.toString()));
  child.stderr.on('data', (part: Buffer) => (printed += part.toString()));
  return { child, ended, next, address: await next('') };
}

/** From an empty home folder to an answer by clicks, in a Chromium of this machine, against the installed files. */
async function walk(root: string): Promise<void> {
  const [{ openChromium }, { openWindow }, { mouse }, steps, { greeted }] = await Promise.all([
    import('../browser.ts'),
    import('../journeys/journey-window.ts'),
    import('../journeys/hands.ts'),
    import('../journeys/walk.ts'),
    import('../journeys/greeted.ts'),
  ]);
  const home = '/home/anna/journey';
  greeted(path.join(root, home));
  execFileSync('chown', ['-R', '1500:1500', path.join(root, home)]);
  const falx = await serve(root, 'anna', ['--home', home]);
  const browser = await openChromium();
  try {
    const { page, complaints } = await openWindow(browser);
    await page.goto(falx.address);
    const way = { page, hand: mouse, small: { imageSize: 32, epochs: 1 } };
    await steps.drawSamples(way);
    await steps.checkThem(way);
    await steps.splitThem(way);
    await steps.startTraining(way);
    await steps.awaitModels(way);
    await steps.compareThem(way);
    const [drawn] = globSync('demo/**/*.png', { cwd: path.join(root, home) }).sort();
    const scan = path.join(home, drawn!);
    const shown = await steps.predictScan(way, path.dirname(scan), path.basename(scan));
    if (!(shown >= 0 && shown <= 1)) throw new Error(`the screen shows ${shown}`);
    await licences(page);
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
  } finally {
    await browser.close();
    falx.child.kill('SIGINT');
    await falx.ended;
  }
}

/** Settings → About lists the three that were missing once, with their texts. */
async function licences(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Settings' }).first().click();
  await page.locator('summary', { hasText: /^Licence/ }).click();
  const list = page.getByRole('table', { name: 'Components and their licences' });
  for (const [name, words] of [
    ['svelte', 'Permission is hereby granted'],
    ['plotly.js-dist', 'Permission is hereby granted'],
    ['@fontsource-variable/inter', 'SIL OPEN FONT LICENSE'],
  ] as const) {
    await list
      .getByRole('row')
      .filter({ has: page.getByRole('cell', { name, exact: true }) })
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(words).first().waitFor();
    await dialog.getByRole('button', { name: 'Close' }).first().click();
    await dialog.waitFor({ state: 'hidden' });
  }
}

/** Runs what the systemd unit starts, as its user. */
async function service(root: string): Promise<void> {
  const unit = readFileSync(path.join(root, 'usr/lib/systemd/system/falx-server.service'), 'utf8');
  const env = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, pairs]) => pairs!.split(' '));
  const folder = path.join(root, 'var/lib/falx');
  // systemd's part, by StateDirectory.
  mkdirSync(folder, { recursive: true });
  execFileSync('chroot', [root, 'chown', 'falx:falx', '/var/lib/falx']);
  const falx = await serve(root, 'falx', ['--port', '8321'], [...env, 'INVOCATION_ID=test']);
  if (new URL(falx.address).port !== '8321') throw new Error(falx.address);
  const status = async (address: string) => (await fetch(address, { redirect: 'manual' })).status;
  const next = falx.next(falx.address);
  // chroot and env replace themselves by what they start.
  process.kill(falx.child.pid!, 'SIGUSR2');
  const newer = await next;
  if ((await status(falx.address)) !== 403 || (await status(newer)) !== 303)
    throw new Error('the older address is good still, or the newer is not');
  falx.child.kill('SIGTERM');
  if ((await falx.ended) !== 0) throw new Error(`it ended with ${await falx.ended}`);
}

/** lintian's findings on the packages. */
function evaluate(packages: readonly string[]): Promise<string> {
  const child = spawn('nice', ['lintian', '--allow-root', ...packages], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  child.stdout.on('data', (part: Buffer) => (words += part.toString()));
  child.stderr.on('data', (part: Buffer) => (words += part.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(words));
  });
}

if (wish.inside === undefined) {
  const place = mkdtempSync(path.join(tmpdir(), 'falx-package-'));
  try {
    process.exitCode = prepareAndVerify(place);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
} else process.exitCode = await verify(JSON.parse(readFileSync(wish.inside, 'utf8')) as Plan);
