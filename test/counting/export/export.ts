import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Change } from '../change.ts';
import { trained } from '../trained.ts';

const writer = readFileSync(path.join(import.meta.dirname, 'tar.txt'), 'utf8');

/** A tar archive: another file that a model can be exported as, by a writer of its own. */
export const exported: Change = {
  name: 'export',
  title: 'An export format (tar)',
  most: 4,
  before: '8',

  make(tree) {
    tree.behind(
      'src-main/contract/export-formats.ts',
      "ending: '.zip',\n    openedBy: 'TensorFlow (Python), TensorFlow Serving',\n    verifiedBy: 'SHA-256',\n  },\n",
      "  tar: {\n    title: 'SavedModel, tar',\n    makes: 'file',\n    ending: '.tar',\n    openedBy: 'TensorFlow (Python)',\n    verifiedBy: 'SHA-256',\n  },\n",
    );
    tree.edit(
      'src-main/predict/export-formats.ts',
      [
        '        names.map((name) => ({ name, file: path.join(folder, name) })),\n      ),\n    ),\n',
        '        names.map((name) => ({ name, file: path.join(folder, name) })),\n      ),\n    ),\n  tar: (target, model, options) =>\n    fromFolder(target, model, options, (folder, names) => writeTar(target, folder, names)),\n',
      ],
      [
        "from '../train/run-storage.ts';\n",
        "from '../train/run-storage.ts';\nimport { writeTar } from './tar.ts';\n",
      ],
    );
    tree.write('src-main/predict/tar.ts', writer);
  },

  async show(tree) {
    await tree.tests('fast', 'test/contract');
    await tree.tests('slow', 'test/shells/cli/completion.slow.test.ts');
    const { runId } = await trained(tree, 'mobilenetv2');
    const file = path.join(tree.folder, '.falx', 'model.tar');
    await tree.falx('export', runId, file);
    const folder = path.join(tree.folder, '.falx', 'model');
    mkdirSync(folder);
    execFileSync('tar', ['-xf', file, '-C', folder]);
    execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder });
    const help = await tree.falxText('help', 'export');
    if (!/tar:\s+SavedModel,\s+tar/.test(help)) throw new Error('the help of "falx export" does not name it');
  },
};
