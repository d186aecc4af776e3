import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { programFolder } from '../../src-main/system/installation.ts';
import { python } from '../python.ts';
import { judges } from './judges.ts';

// A forge's workflow can't be run here. Its syntax is checked against the forge's published schema, its scripts by a shell
// checker, and its references against what exists. This can't see what the forge's machines have, and whether Electron opens.

const scratch = mkdtempSync(path.join(tmpdir(), 'falx-workflow-'));
afterAll(() => rmSync(scratch, { recursive: true }));

let judge: string;
let seen: { faults: string[]; faultsOfWrong: string[]; scripts: string[] };
beforeAll(async () => {
  judge = await judges();
  const script = `
import json, sys
from check_jsonschema.builtin_schemas import get_builtin_schema
from jsonschema.validators import validator_for
from ruamel.yaml import YAML
text = open(sys.argv[1]).read()
schema = get_builtin_schema("vendor.github-workflows")
validator = validator_for(schema)(schema)
load = YAML(typ="safe").load
faults = lambda text: [one.message for one in validator.iter_errors(load(text))]
print(json.dumps({
  "faults": faults(text),
  "faultsOfWrong": faults(text.replace("runs-on:", "runs-in:")),
  "scripts": [step["run"] for job in load(text)["jobs"].values() for step in job["steps"] if "run" in step],
}))`;
  const workflow = path.join(programFolder, '.github', 'workflows', 'ci.yml');
  seen = JSON.parse(await python(judge, ['-c', script, workflow])) as typeof seen;
}, 300_000);

test('it is what the forge takes', () => {
  expect(seen.faults).toEqual([]);
  // The checker does find an error where there is one.
  expect(seen.faultsOfWrong).not.toEqual([]);
});

test('its scripts are sound', () => {
  expect(seen.scripts.length).toBeGreaterThan(8);
  const files = seen.scripts.map((script, n) => {
    const file = path.join(scratch, `${n}.sh`);
    writeFileSync(file, script);
    return file;
  });
  const shellcheck = path.join(path.dirname(judge), 'shellcheck');
  execFileSync(shellcheck, ['--shell', 'bash', '--severity', 'warning', ...files], { encoding: 'utf8' });
});

test('what it names exists', () => {
  const all = seen.scripts.join('\n');
  const { scripts } = JSON.parse(readFileSync(path.join(programFolder, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const [, name] of all.matchAll(/npm run (\S+)/g)) expect(scripts).toHaveProperty([name!]);
  const files = [...all.matchAll(/(?<= |^)(?:\.ci|build|test)\/\S+/gm)].map(([file]) => file);
  expect(files.length).toBeGreaterThan(2);
  for (const file of files) expect(existsSync(path.join(programFolder, file)), file).toBe(true);
});
