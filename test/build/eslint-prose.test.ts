import { existsSync } from 'node:fs';
import { RuleTester } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { foreignMessageReaders, proseRule } from '../../build/eslint-prose.mjs';

const root = process.cwd();

describe('code that reads sentences', () => {
  // RuleTester defines the tests itself.
  RuleTester.describe = (_name, run) => run();
  RuleTester.it = (_name, run) => run();
  const tester = new RuleTester({ languageOptions: { parser: tseslint.parser } });
  const filename = `${root}/src-main/core/jobs.ts`;

  it('is told of, whatever way it reads', () => {
    tester.run('prose', proseRule, {
      valid: [
        { filename, code: `if (error.facts.why === 'folderMissing') again()` },
        { filename, code: `if (error.code === 'disk') wait()` },
        { filename, code: `note(error.message)` },
        { filename, code: `if (job.message === null) hide()` },
        { filename, code: `if (packet.reason === 'cancelled') end()` },
        { filename, code: `name.replaceAll('/', '_')` },
        { filename: `${root}/src-main/tensorflow/one-line.ts`, code: `message.replace(/^TF: /, '')` },
        { filename: `${root}/test/one.test.ts`, code: `error.message.includes('no space')` },
      ],
      invalid: [
        `error.message.includes('no space')`,
        `(cause as Error).message.startsWith('There is')`,
        `String(error.message).match(/folder "(.*)"/)`,
        `/no folder/.test(error.message)`,
        `const [, name] = /^"(.*)" is empty/.exec(warning) ?? []`,
        `facts['reason'].replaceAll(folder, archive)`,
        `error?.message?.split(': ')`,
        `(error.message ?? '').trim().endsWith('full')`,
        `if (error.message === 'There is no model yet.') train()`,
        `if (\`\${file} is empty\` !== view.reason) show()`,
        `const key = keys[warning.message]`,
      ].flatMap((code) =>
        ['src-main/core/jobs.ts', 'src-renderer/app/feedback.svelte.ts'].map((file) => ({
          filename: `${root}/${file}`,
          code,
          errors: [{ messageId: 'wrong' }],
        })),
      ),
    });
  });

  it('lists no missing file among those that parse other programs’ messages', () => {
    expect([...foreignMessageReaders.keys()].filter((file) => !existsSync(`${root}/${file}`))).toEqual([]);
  });
});
