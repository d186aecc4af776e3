import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fuses, fusesIn, setFuses } from '../../build/package/fuses.mjs';
import { fuseWire } from './fuse-wire.ts';

// On a fake file with the documented fuse wire: Electron's program was not available here. This can't see whether the program
// obeys its fuses, and whether the packaged version has these nine.

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'falx-fuses-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A program of some length, with `wire` in its middle. */
function program(wire: Buffer): string {
  const file = path.join(folder, 'electron');
  writeFileSync(file, Buffer.concat([Buffer.alloc(5_000_000, 'code'), wire, Buffer.alloc(70_000, 'data')]));
  return file;
}

test('each fuse is set where Electron looks for it, and nothing else is touched', async () => {
  const file = program(fuseWire());
  const before = readFileSync(file);
  expect(await fusesIn(file)).toMatchObject({ RunAsNode: true, EnableNodeCliInspectArguments: true });

  await setFuses(file);
  const after = readFileSync(file);
  // In the order of Electron's build/fuses/fuses.json5: run_as_node, cookie_encryption, node_options, node_cli_inspect,
  // embedded_asar_integrity_validation, only_load_app_from_asar, load_browser_process_specific_v8_snapshot,
  // grant_file_protocol_extra_privileges, wasm_trap_handlers.
  const at = before.indexOf(fuseWire());
  before.write('000000001', at + 34, 'latin1');
  expect(after.equals(before)).toBe(true);
  expect(await fusesIn(file)).toEqual(fuses);
});

test.each([
  ['it has none', Buffer.from('no fuses'), /could not be set: Could not find sentinel/],
  ['it has one more than is decided on', fuseWire('1011000111'), /has 10 fuses/],
  ['it has fewer', fuseWire('10110001'), /WasmTrapHandlers.*not long enough/],
  ['its schema is another', fuseWire('101100011', 2), /wire version/],
])('a program is refused when %s, and stays as it was', async (_, wire, why) => {
  const file = program(wire);
  const before = readFileSync(file);
  await expect(setFuses(file)).rejects.toThrow(why);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a fuse that Electron has removed is not taken for one that is set', async () => {
  const file = program(fuseWire('r01100011'));
  expect((await fusesIn(file)).RunAsNode).toBeNull();
});
