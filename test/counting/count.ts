import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Change } from './change.ts';

import { exported } from './export/export.ts';
import { format } from './format/format.ts';
import { measure } from './measure/measure.ts';
import { network } from './network/network.ts';
import { setting } from './setting/setting.ts';
import { Tree } from './tree.ts';

const usage = `npm run count:changes -- [--only NAME,NAME] [--quick] [--keep]

Makes each change of these that are often made to Falx, in a scratch copy of the working tree, tries that it works, and
counts the files outside tests and docs that it touched. Fails when one took more than it may, or does not work.

  --only   some of: network, measure, format, setting, export
  --quick  counts, and does not try
  --keep   leaves the scratch copies there, and says where
`;

const changes: readonly Change[] = [network, measure, format, setting, exported];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Whether a file counts: neither tests nor docs. */
const counts = (file: string): boolean => !/^(test|docs)\/|^[^/]*\.md$/.test(file);

if (values.help) process.stdout.write(usage);
else {
  const wanted = values.only?.split(',') ?? changes.map(({ name }) => name);
  const unknown = wanted.filter((name) => !changes.some((change) => change.name === name));
  if (unknown.length > 0) throw new Error(`no change "${unknown.join(', ')}"\n\n${usage}`);
  const rows: { change: Change; touched: string[]; error: Error | null }[] = [];
  for (const change of changes.filter(({ name }) => wanted.includes(name))) {
    process.stderr.write(`${change.title} …\n`);
    const started = performance.now();
    const tree = new Tree(path.join(import.meta.dirname, '../..'));
    let error: Error | null = null;
    let touched: string[] = [];
    try {
      change.make(tree);
      touched = tree.touched().filter(counts);
      if (!values.quick) {
        await tree.types();
        await tree.lint();
        await change.show(tree);
      }
    } catch (cause) {
      error = cause as Error;
    }
    if (values.keep) process.stderr.write(`  in ${tree.folder}\n`);
    else tree.remove();
    rows.push({ change, touched, error });
    // Printed at once: the next one takes minutes.
    const seconds = (performance.now() - started) / 1000;
    const { title, most, before } = change;
    const works = error ? 'does not work' : values.quick ? 'not tried' : 'works';
    process.stdout.write(
      `${title}: ${touched.length} files (at most ${most}; before ${before}), ${works}, ${seconds.toFixed(0)} s\n` +
        touched.map((file) => `  ${file}\n`).join(''),
    );
    if (error) process.stderr.write(`${error.message}\n`);
  }
  if (rows.some(({ change, touched, error }) => error || touched.length > change.most)) process.exitCode = 1;
}
