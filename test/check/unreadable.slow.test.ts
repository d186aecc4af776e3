import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkDataset } from '../../src-main/check/check-handlers.ts';
import { say } from '../../src-main/contract/messages/say.ts';
import { FalxError } from '../../src-main/contract/errors.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { addScans } from '../train/scans.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-unreadable-'));
afterAll(() => rmSync(home, { recursive: true }));

test('a dataset of which nothing can be read any more is told with its first file and why', async () => {
  const registry = Registry.open(home);
  const folder = path.join(home, 'scans');
  await addScans(registry, folder, 4);
  rmSync(folder, { recursive: true });
  const error = await checkDataset({ registry, datasetId: 'ds-scans' }).catch((error: unknown) => error);
  registry.close();
  expect(error).toBeInstanceOf(FalxError);
  const { code, message, facts, asMessage: told } = error as FalxError;
  expect(code).toBe('bad-dataset');
  expect(facts).toMatchObject({ count: 4, first: 'Healthy/0.png', reason: { code: 'fileSystem' } });
  expect(message).toMatch(
    /^None of the 4 images of "scans" .*The first, "Healthy\/0\.png": .*\. Check whether/,
  );
  expect(message).not.toContain('..');
  expect(say(told, { language: 'ko', shell: 'cli' })).toMatch(
    /4장을 하나도 .*첫 번째 파일 ‘Healthy\/0\.png’: .*\. ‘/,
  );
});
