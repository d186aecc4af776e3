import { RuleTester, type Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { layersRule, messagesRule, wrongImport } from '../../build/eslint-layers.mjs';

const root = process.cwd();

describe('the layers', () => {
  // file, its import, and part of the error (none: allowed)
  it.each([
    ['src-main/shells/cli/main.ts', '../../train/handlers.ts', undefined],
    ['src-main/shells/cli/main.ts', 'commander', undefined],
    ['src-main/train/train-handlers.ts', '../registry/registry.ts', undefined],
    ['src-main/train/train-handlers.ts', '../split/handlers.ts', undefined],
    ['src-main/split/divisible-groups.ts', '../check/groups.ts', undefined],
    ['src-main/predict/predict-handlers.ts', '../inference/predictor.ts', undefined],
    ['src-main/networks/resnet50.ts', '../graph/graph.ts', undefined],
    ['src-main/networks/resnet50.ts', '../contract/networks.ts', undefined],
    ['src-main/contract/records.ts', 'zod', undefined],
    ['src-main/contract/records.ts', './networks.ts', undefined],
    ['src-main/registry/connection.ts', 'better-sqlite3', undefined],
    ['src-main/images/pixels.ts', 'sharp', undefined],
    ['src-main/graph/protobuf.ts', '@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js', undefined],
    ['src-renderer/stages/train/train-state.svelte.ts', '../../../src-main/contract/records.ts', undefined],
    ['src-main/core/router.ts', '../train/handlers.ts', undefined],
    ['src-main/core/router.ts', '@orpc/server', undefined],
    ['src-main/shells/browser/server.ts', '@orpc/server/ws', undefined],
    ['src-main/shells/browser/server.ts', '../../core/core.ts', undefined],
    ['src-main/contract/api.ts', '@orpc/contract', undefined],
    ['src-renderer/host/core-connection.ts', '@orpc/client/websocket', undefined],
    ['src-renderer/plots/threshold-measures.ts', '../../src-main/statistics/roc.ts', undefined],
    ['src-main/images/crop.ts', '../statistics/quantiles.ts', undefined],
    ['src-main/statistics/measures.ts', '../contract/records.ts', undefined],
    ['test/train/loop.test.ts', 'better-sqlite3', undefined],

    ['src-main/check/scan-groups.ts', '../split/handlers.ts', 'check lies below split'],
    ['src-main/train/trial.ts', '../predict/handlers.ts', 'train lies below predict'],
    ['src-main/train/trial.ts', '../inference/predictor.ts', 'train lies below inference'],
    ['src-main/import/import-handlers.ts', '../check/groups.ts', 'import lies below check'],
    ['src-main/split/split-handlers.ts', '../train/plan.ts', 'split lies below train'],
    ['src-main/evaluate/evaluate-handlers.ts', '../compare/handlers.ts', 'evaluate lies below compare'],
    ['src-main/compare/compare-handlers.ts', '../predict/handlers.ts', 'compare lies below predict'],
    ['src-main/train/train-handlers.ts', '../shells/cli/main.ts', 'train lies below shells'],
    ['src-main/registry/registry.ts', '../train/handlers.ts', 'registry lies below train'],
    ['src-main/contract/records.ts', '../registry/registry.ts', 'contract lies below registry'],
    [
      'src-main/contract/records.ts',
      'node:fs',
      'contract imports zod, @orpc/contract, intl-messageformat only, not node:fs',
    ],
    ['src-main/statistics/roc.ts', '../registry/registry.ts', 'statistics lies below registry'],
    ['src-main/statistics/roc.ts', '../system/pieces.ts', 'statistics is also read in windows'],
    ['src-main/contract/views.ts', '../system/pieces.ts', 'contract is also read in windows'],
    ['src-main/contract/views.ts', '../statistics/roc.ts', 'contract lies below statistics'],
    ['src-main/statistics/roc.ts', 'node:fs', 'statistics imports no package, not node:fs'],
    ['src-main/statistics/roc.ts', 'zod', 'statistics imports no package, not zod'],
    ['src-main/train/train-handlers.ts', 'better-sqlite3', 'better-sqlite3 is imported in registry only'],
    ['src-main/import/folder.ts', 'sharp', 'sharp is imported in images only'],
    [
      'src-main/train/train-handlers.ts',
      '@tensorflow/tfjs-node-gpu',
      'imported in tensorflow and graph only',
    ],
    ['src-main/train/train-handlers.ts', 'electron', 'electron is imported in shells only'],
    ['src-main/predict/predict-handlers.ts', 'commander', 'commander is imported in shells only'],
    ['src-main/train/train-handlers.ts', '../../test/python.ts', 'src-main imports nothing from test/'],
    ['src-main/train/train-handlers.ts', '../surprise/a.ts', 'src-main/surprise is in no layer'],
    ['src-main/surprise/a.ts', '../registry/registry.ts', 'src-main/surprise is in no layer'],
    [
      'src-renderer/host/desktop-link.ts',
      '../../src-main/registry/registry.ts',
      'imports src-main/contract and src-main/statistics only',
    ],
    ['src-renderer/host/desktop-link.ts', 'node:fs', 'a window has no node:fs'],
    [
      'src-renderer/host/desktop-link.ts',
      '../../src-main/core/core.ts',
      'imports src-main/contract and src-main/statistics only',
    ],
    ['src-renderer/host/desktop-link.ts', 'electron', 'a window has no electron'],
    ['src-renderer/host/core-connection.ts', '@orpc/server/ws', 'a window has no @orpc/server/ws'],
    ['src-main/core/core.ts', '../shells/browser/server.ts', 'core lies below shells'],
    ['src-main/train/train-handlers.ts', '../core/hub.ts', 'train lies below core'],
    ['src-main/train/train-handlers.ts', '@orpc/server', '@orpc/server is imported in core and shells only'],
    ['src-main/train/train-handlers.ts', 'pino', 'pino is imported in core only'],
    ['src-main/core/core.ts', 'better-sqlite3', 'better-sqlite3 is imported in registry only'],
    ['src-main/core/web.ts', 'ws', 'ws is imported in shells only'],
  ])('%s imports %s: %s', (file, source, complaint) => {
    const what = wrongImport('/falx', `/falx/${file}`, source);
    if (complaint === undefined) expect(what).toBeUndefined();
    else expect(what).toContain(complaint);
  });
});

describe('the rule', () => {
  RuleTester.describe = (_name, run) => run();
  RuleTester.it = (_name, run) => run();
  const typescript = tseslint.parser as Linter.Parser;
  const tester = new RuleTester({ languageOptions: { parser: typescript } });
  const filename = `${root}/src-main/import/handlers.ts`;
  const wrong = [{ messageId: 'wrong' }];

  it('sees every way to import and to load', () => {
    tester.run('layers', layersRule, {
      valid: [
        { filename, code: `import { Registry } from '../registry/registry.ts'` },
        { filename, code: `require.resolve('sharp')` },
        { filename: `${root}/src-main/tensorflow/runtime.ts`, code: `createRequire(here)(file)` },
        { filename: `${root}/test/one.test.ts`, code: `createRequire(here)(file)` },
      ],
      invalid: [
        `import sharp from 'sharp'`,
        `import type { Sharp } from 'sharp'`,
        `import '../shells/cli/main.ts'`,
        `export { main } from '../shells/cli/main.ts'`,
        `export * from '../shells/cli/main.ts'`,
        `await import('sharp')`,
        `let one: import('sharp').Sharp`,
        `createRequire(here)('binding.node')`,
        `require('binding.node')`,
        `process.dlopen(module, file)`,
      ].map((code) => ({ filename, code, errors: wrong })),
    });
  });
});

describe('the rule on messages', () => {
  RuleTester.describe = (_name, run) => run();
  RuleTester.it = (_name, run) => run();
  const tester = new RuleTester({ languageOptions: { parser: tseslint.parser } });
  const filename = `${root}/src-main/train/train-worker.ts`;

  it('sees Node’s own messages between processes, and what V8 writes', () => {
    tester.run('messages', messagesRule, {
      valid: [
        { filename, code: `import { receive, send } from '../tensorflow/worker-side.ts'` },
        { filename, code: `receive((plan) => send(plan))` },
        { filename, code: `process.on('SIGTERM', end)` },
        { filename, code: `parentPort.on('message', (task) => parentPort.postMessage(work(task)))` },
        { filename, code: `import { spawn } from 'node:child_process'` },
        { filename, code: `import { getHeapStatistics } from 'node:v8'` },
        { filename: `${root}/test/one.test.ts`, code: `process.on('message', heard)` },
      ],
      invalid: [
        `process.on('message', heard)`,
        `process.once('disconnect', end)`,
        `process.send(message)`,
        `process.send?.(message)`,
        `if (process.connected) end()`,
        `process['disconnect']()`,
        `import { fork } from 'node:child_process'`,
        `import { fork as start } from 'child_process'`,
        `import { serialize } from 'node:v8'`,
        `spawn(node, args, { serialization: 'advanced' })`,
        `spawn(node, args, { stdio: ['ignore', 'ipc'] })`,
      ].map((code) => ({ filename, code, errors: [{ messageId: 'wrong' }] })),
    });
  });
});
