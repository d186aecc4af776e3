import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { picture } from '../icons.mjs';
import { repository } from '../setup/set-up.mjs';

// Everything that a Debian package of Falx needs besides the program: menu entry, icons, file type, manual page, completions,
// service, maintainer scripts, and dependencies.

/** The two packages: with a window of its own, or for browsers only. */
/** @typedef {'falx' | 'falx-server'} PackageName */
/**
 * @param {boolean} window whether Electron is in it
 * @param {boolean} window whether it includes Electron
 */
export const packageName = (window) => (window ? 'falx' : 'falx-server');

const resources = join(repository, 'resources', 'linux');

/** Sides of the icons that desktops look for, pixels. */
export const iconSides = [16, 22, 24, 32, 48, 64, 128, 256, 512];

/** Arguments of `falx completion`, and where its output is installed. */
const generatedFiles = /** @type {const} */ ([
  ['bash', 'usr/share/bash-completion/completions/falx'],
  ['zsh', 'usr/share/zsh/vendor-completions/_falx'],
  ['fish', 'usr/share/fish/vendor_completions.d/falx.fish'],
]);

/**
 * Libraries and programs available on Debian 12 and later, and Ubuntu 22.04 and later; where the change of time_t's size
 * renamed a package (Debian 13, Ubuntu 24.04) the new name comes first.
 */
const needs = {
  /** Node, TensorFlow, sharp and SQLite: only the C and C++ libraries. */
  program: ['libc6 (>= 2.34)', 'libgcc-s1', 'libstdc++6 (>= 11)'],
  /** Chromium's, as Electron is linked, and those it loads by name at run time (GTK). */
  window: [
    'libasound2t64 | libasound2',
    'libatk-bridge2.0-0t64 | libatk-bridge2.0-0',
    'libatk1.0-0t64 | libatk1.0-0',
    'libatspi2.0-0t64 | libatspi2.0-0',
    'libcairo2',
    'libcups2t64 | libcups2',
    'libdbus-1-3',
    'libdrm2',
    'libexpat1',
    'libgbm1',
    'libglib2.0-0t64 | libglib2.0-0',
    'libgtk-3-0t64 | libgtk-3-0',
    'libnspr4',
    'libnss3',
    'libpango-1.0-0',
    'libudev1',
    'libx11-6',
    'libxcb1',
    'libxcomposite1',
    'libxdamage1',
    'libxext6',
    'libxfixes3',
    'libxkbcommon0',
    'libxrandr2',
  ],
  windowRecommends: ['libnotify4', 'xdg-utils', 'libgl1'],
  server: ['systemd'],
};

/**
 * The fields of the control file that describe this package and its dependencies; the packer adds version, size and the like.
 * @param {boolean} window
 * @returns {Record<string, string>}
 */
export function controlFields(window) {
  const other = packageName(!window);
  return {
    Package: packageName(window),
    Architecture: 'amd64',
    Section: 'science',
    Priority: 'optional',
    Depends: [...needs.program, ...(window ? needs.window : needs.server)].join(', '),
    ...(window ? { Recommends: needs.windowRecommends.join(', ') } : {}),
    Conflicts: other,
    Replaces: other,
    Description: window
      ? description('workbench for brain-MRI classification', [
          'This package has the window of its own, the command line and the server for',
          'browsers.',
        ])
      : description('workbench for brain-MRI classification (server)', [
          'This package has the command line and the server for browsers of this machine',
          'or at the end of an SSH tunnel, with a systemd service that is started when it',
          'is asked to be.',
        ]),
  };
}

/**
 * @param {string} short
 * @param {string[]} last
 */
const description = (short, last) =>
  [
    short,
    'Falx checks images of brain MRI in two classes, splits them without leakage,',
    'fine-tunes convolutional networks on the workstation, compares them, and answers',
    'with a probability for a scan it has not seen. Nothing leaves the machine.',
    '.',
    'For research only: it is not a medical device.',
    '.',
    ...last,
  ].join('\n ');

/**
 * The files of the control archive besides "control": name → content, all of them scripts except "triggers".
 * @param {boolean} window
 * @returns {Record<string, string>}
 */
export function controlFiles(window) {
  const name = packageName(window);
  const kinds = window ? ['postinst', 'postrm', 'triggers'] : ['postinst', 'prerm', 'postrm'];
  return Object.fromEntries(
    kinds.map((kind) => [kind, readFileSync(join(resources, 'debian', `${name}.${kind}`), 'utf8')]),
  );
}

/**
 * Adds the files to a tree whose usr/lib/falx already contains the program.
 * @param {string} root of the tree
 * @param {{ window: boolean, version: string, seconds: number }} facts the package's version, and the commit's time since 1970
 */
export async function placeSystemFiles(root, { window, version, seconds }) {
  const name = packageName(window);
  const program = join(root, 'usr/lib/falx');
  /** @param {string} file @param {string | Buffer} content */
  const put = (file, content) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
    chmodSync(join(root, file), 0o644);
  };
  /** @param {string} to */
  const completionText = (to) =>
    execFileSync(join(program, 'node/bin/node'), [cliOf(program), '--language', 'en', 'completion', to], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], FALX_HOME: '/nonexistent', SOURCE_DATE_EPOCH: String(seconds) },
    });

  for (const [to, file] of generatedFiles) put(file, completionText(to));
  put('usr/share/man/man1/falx.1.gz', packed(completionText('man')));
  const document = `usr/share/doc/${name}`;
  put(`${document}/copyright`, copyright());
  // Debian reserves versions with a hyphen for distributions' revisions.
  put(
    `${document}/changelog${version.includes('-') ? '.Debian' : ''}.gz`,
    packed(changelog(name, version, seconds)),
  );
  put(
    `usr/share/lintian/overrides/${name}`,
    readFileSync(join(resources, 'debian', 'lintian-overrides'), 'utf8').replaceAll('@PACKAGE@', name),
  );
  put(`${document}/CHANGELOG.md.gz`, packed(readFileSync(join(repository, 'CHANGELOG.md'), 'utf8')));
  if (!window) {
    put('usr/lib/systemd/system/falx-server.service', readFileSync(join(resources, 'falx-server.service')));
    put('usr/lib/sysusers.d/falx-server.conf', readFileSync(join(resources, 'falx-server.sysusers')));
    return;
  }
  put('usr/share/applications/falx.desktop', readFileSync(join(resources, 'falx.desktop')));
  put('usr/share/mime/packages/falx.xml', readFileSync(join(resources, 'falx.xml')));
  put('usr/share/falx/apparmor/falx', readFileSync(join(resources, 'falx.apparmor')));
  const drawing = readFileSync(join(repository, 'resources', 'icon.svg'));
  put('usr/share/icons/hicolor/scalable/apps/falx.svg', drawing);
  for (const side of iconSides)
    put(`usr/share/icons/hicolor/${side}x${side}/apps/falx.png`, await picture(drawing, side));
  // As in Chrome and Debian's own Chromium: where the system denies users namespaces, today or after a change of its settings,
  // Chromium's sandbox is set up by this helper, and without either the window would not open.
  const sandbox = join(program, 'electron/chrome-sandbox');
  chmodSync(sandbox, 0o4755);
}

/** @param {string} program */
const cliOf = (program) => join(program, 'out/main/shells/cli/main.js');

/** Compressed as far as possible, without name or time. @param {string} text */
const packed = (text) => gzipSync(text, { level: 9 });

/**
 * @param {string} name
 * @param {string} version
 * @param {number} seconds
 */
const changelog = (name, version, seconds) => `${name} (${version}) unstable; urgency=medium

  * What a user sees of it is told in CHANGELOG.md.gz beside this file.

 -- ${maintainer}  ${new Date(seconds * 1000).toUTCString().replace('GMT', '+0000')}
`;

/** The maintainer of a package made here, named by whoever builds it. */
export const maintainer = process.env['FALX_MAINTAINER'] || 'Falx maintainers <maintainers@falx.invalid>';

const copyright = () => `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Falx
Comment: What Falx is made of and runs on has licences of its own. All of them were
 collected when this package was made, from what is in it, and lie in
 /usr/lib/falx/licences: the list in licences.json, a text each in texts/.
 .
 libvips and the libraries in it (/usr/lib/falx/node_modules/@img) are used under
 the LGPL, version 3: they are shared libraries, and may be replaced by changed ones.

Files: *
Copyright: 2026 the Falx maintainers
License: Apache-2.0

License: Apache-2.0
 On Debian systems the text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
`;
