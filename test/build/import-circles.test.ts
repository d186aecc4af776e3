import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { circlesOf, importsIn } from '../../build/import-circles.mjs';

/** Folders whose files may still import each other's types: none is a stage or the core. */
const elsewhere = /^src-main\/(registry|images|shells)\//;

test('no files of the stages and the core import each other round in a circle, types included', () => {
  const imports = importsIn('src-main');
  expect(imports.get('src-main/predict/predict-handlers.ts')).toContain('src-main/inference/predictor.ts');
  const circles = circlesOf(imports).filter((circle) => !circle.every((file) => elsewhere.test(file)));
  expect(circles).toEqual([]);
});

test('finds a planted circle, and no other', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'falx-circles-'));
  try {
    const write = (name: string, text: string) => {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    };
    write('core/core.ts', "import { Queue } from './training.ts';\nimport path from 'node:path';\n");
    write('core/training.ts', "import {\n  Evaluator,\n} from './comparisons.ts';\nimport '../low.ts';\n");
    write(
      'core/comparisons.ts',
      "import type { Core } from './core.ts';\nexport { low } from '../low.ts';\n",
    );
    write('low.ts', 'export const low = 1;\n');
    write('high.ts', "import { low } from './low.ts';\nexport type { Core } from './core/core.ts';\n");
    const circle = ['comparisons', 'core', 'training'].map((name) => path.join(folder, 'core', `${name}.ts`));
    expect(circlesOf(importsIn(folder))).toEqual([circle]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
