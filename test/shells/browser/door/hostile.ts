import { z } from 'zod';
import { api } from '../../../../src-main/contract/api.ts';
import type { Chance } from '../../../train/simulation/chance.ts';

/** All calls of the contract with their paths; null for one without an input. */
const calls: { path: string; input: z.ZodType | null }[] = [];
(function collect(part: unknown, path: string): void {
  for (const [name, inner] of Object.entries(part as Record<string, unknown>)) {
    const definition = (inner as { '~orpc'?: { inputSchema?: z.ZodType } })['~orpc'];
    if (definition) calls.push({ path: `${path}/${name}`, input: definition.inputSchema ?? null });
    else collect(inner, `${path}/${name}`);
  }
})(api, '');
const asking = calls.filter((call): call is { path: string; input: z.ZodType } => call.input !== null);

/** Calls for which an empty input is invalid. */
const needInput = asking.filter(({ input }) => !input.safeParse({}).success);

/** A message of an admitted window, and the required outcome. */
export type HostileMessage = { data: string | Buffer; expects: 'error' | 'nothing' };

/**
 * A message that the core must not act on: for calls that do not exist, with invalid inputs, with ids of what does not
 * exist, or not a message at all.
 */
export function hostileMessage(chance: Chance, number: number): HostileMessage {
  const kinds = [noMessage, unknownCall, refusedInput, unknownId, oddEnvelope];
  for (;;) {
    const message = chance.of(kinds)(chance, number);
    // Longer ones close the connection, which is tested separately.
    if (Buffer.byteLength(message.data) < 2 ** 20) return message;
  }
}

const wire = (number: number, u: unknown, json: unknown, more: object = {}): string =>
  JSON.stringify({ i: `h${number}`, p: { u, b: { json, ...more } } });

function noMessage(chance: Chance): HostileMessage {
  const bytes = Buffer.from(Array.from({ length: 1 + chance.below(300) }, () => chance.below(256)));
  const texts = [
    '',
    '{',
    'null',
    '[]',
    '"',
    '{"i":',
    '0',
    'true',
    '[[[[[[',
    '{"p":{}}',
    '\u0000',
    '{"i":"1"}x',
  ];
  const deep = '['.repeat(10_000);
  // Without an id there is nobody to answer.
  return {
    data: chance.of<string | Buffer>([bytes, chance.of(texts), deep, junkText(chance)]),
    expects: 'nothing',
  };
}

function unknownCall(chance: Chance, number: number): HostileMessage {
  const { path } = chance.of(calls);
  const paths = [
    '/__proto__/list',
    '/constructor/prototype',
    '/runs/__proto__',
    '/runs/toString',
    '/runs/list/../purge',
    '/runs//list/x',
    `${path}x`,
    `/x${path}`,
    path.toUpperCase(),
    `${path}/~orpc`,
    `/${'a/'.repeat(500)}`,
    `/${'runs'.repeat(2000)}`,
    '/runs%00/list',
  ];
  return { data: wire(number, chance.of(paths), junk(chance, 2)), expects: 'error' };
}

function refusedInput(chance: Chance, number: number): HostileMessage {
  const { path, input } = chance.of(asking);
  return { data: wire(number, path, refusedValue(chance, input)), expects: 'error' };
}

/** JSON values that the contract does not allow. */
function refusedValue(chance: Chance, input: z.ZodType): unknown {
  for (;;) {
    const value = chance.is(0.5) ? junk(chance, 3) : corrupted(chance, input);
    const asJson: unknown = JSON.parse(JSON.stringify(value ?? null));
    if (!input.safeParse(asJson).success) return asJson;
  }
}

/** Valid by the contract, but refers to nothing that exists. */
function unknownId(chance: Chance, number: number): HostileMessage {
  const id = chance.of(['run-zzzzzzzz', 'ds-0', 'sp-00000000', 'cv-1', 'job-x', 'run-8d2kq0vz', 'a-b']);
  const ids: Record<string, object> = {
    '/runs/get': { runId: id },
    '/runs/describe': { runId: id, notes: junkText(chance) },
    '/runs/remove': { runIds: [id] },
    '/runs/purge': { runIds: [id, id] },
    '/datasets/get': { datasetId: id },
    '/datasets/remove': { datasetId: id },
    '/datasets/rename': { datasetId: id, name: 'x' },
    '/check/decide': { datasetId: id, kind: 'drop', imageIds: [chance.below(1e9)] },
    '/splits/create': { datasetId: id, test: 0.2, validation: 0.1, seed: 1, useGiven: false },
    '/training/queue': { splitId: id, networks: ['mobilenetv2'], settings: { weights: 'none' } },
    '/training/cancel': { runId: id },
    '/training/move': { runId: id, to: 0 },
    '/training/log': { runId: id, lines: 5000 },
    '/compare/evaluated': { runIds: [id] },
    '/compare/evidence': { runIds: [id] },
    '/predict/scans': { runIds: [id], files: ['/etc/passwd', '../../../../etc/shadow'] },
    '/weights/add': { file: chance.of(['/nowhere', '/dev/zero', '/proc/self/mem', '/etc/passwd']) },
    '/app/licence': { name: '../../../etc/passwd', version: '1' },
    '/app/chooseHome': { folder: '/proc/self' },
    '/training/tryDevice': { device: junkText(chance).slice(0, 100) },
  };
  const path = chance.of(Object.keys(ids));
  return { data: wire(number, path, ids[path]), expects: 'error' };
}

function oddEnvelope(chance: Chance, number: number): HostileMessage {
  const { path, input } = chance.of(needInput);
  const refused = refusedValue(chance, input);
  const envelopes: unknown[] = [
    { i: `h${number}`, t: 3, p: junk(chance, 2) },
    { i: `h${number}`, t: 4 },
    { i: `h${number}`, t: chance.below(1000) + 5, p: null },
    { i: { deep: junk(chance, 2) }, p: { u: 7 } },
    { i: `h${number}`, p: null },
    { i: `h${number}`, p: { u: null } },
    { i: `h${number}`, p: { u: 'http://evil.example:99999999/x' } },
    { i: `h${number}` },
    { i: `h${number}`, p: { u: path, h: { 'content-type': 'multipart/form-data' }, b: 'x' } },
    junk(chance, 4),
  ];
  const answered: unknown[] = [
    { i: `h${number}`, p: { u: path, m: 'DELETE', b: { json: refused } } },
    { i: `h${number}`, p: { u: path, b: { json: {}, meta: [[9, ['__proto__', 'polluted']]] } } },
    { i: `h${number}`, p: { u: path, b: { json: {}, maps: [['a', 'b']], meta: junk(chance, 2) } } },
  ];
  if (chance.is(0.5)) return { data: JSON.stringify(chance.of(envelopes) ?? null), expects: 'nothing' };
  return { data: JSON.stringify(chance.of(answered)), expects: 'error' };
}

/** A valid input of a schema, with one field made invalid. */
function corrupted(chance: Chance, input: z.ZodType): unknown {
  if (!(input instanceof z.ZodObject)) return junk(chance, 2);
  const keys = Object.keys(input.shape);
  return Object.fromEntries(
    keys.map((key) => [
      key,
      chance.is(0.5) ? chance.of(['run-8d2kq0vz', '/tmp', 0, 1, true]) : junk(chance, 2),
    ]),
  );
}

function junk(chance: Chance, depth: number): unknown {
  const flat: (() => unknown)[] = [
    () => null,
    () => chance.below(2 ** 31) - 2 ** 30,
    () => 1e308,
    () => -0.5,
    () => true,
    () => junkText(chance),
    () => '../'.repeat(chance.below(200)),
    () => 'run-' + 'a'.repeat(chance.below(5000)),
    () => "' OR 1=1; DROP TABLE runs; --",
  ];
  if (depth === 0 || chance.is(0.4)) return chance.of(flat)();
  if (chance.is(0.5)) return Array.from({ length: chance.below(20) }, () => junk(chance, depth - 1));
  const keys = [
    '__proto__',
    'constructor',
    'runId',
    'runIds',
    'datasetId',
    'folder',
    'file',
    'then',
    'toJSON',
    'x',
  ];
  const made = Object.create(null) as Record<string, unknown>;
  for (let i = chance.below(6); i > 0; i--) made[chance.of(keys)] = junk(chance, depth - 1);
  if (typeof made['toJSON'] === 'function') delete made['toJSON'];
  return made;
}

const junkText = (chance: Chance): string =>
  chance
    .of(['a', '\u0000', '\ud800', '%', '{', '\n', '𝔘', '<script>'])
    .repeat(1 + chance.below(chance.is(0.05) ? 20_000 : 60));

/** A complete request head from a stranger; it must be answered by nothing but a refusal. */
export function hostileHead(chance: Chance, port: number): string {
  const host = `127.0.0.1:${port}`;
  const cookie = `falx-${port}=${'A'.repeat(43)}`;
  const method = chance.of([
    'GET',
    'POST',
    'PUT',
    'DELETE',
    'OPTIONS',
    'HEAD',
    'TRACE',
    'PATCH',
    'CONNECT',
    'FOO',
    'get',
  ]);
  const target = chance.of([
    '/',
    '/?token=',
    `/?token=${'x'.repeat(1 + chance.below(200))}`,
    '/rpc',
    '/rpc?window=a',
    '/picture/image/1?side=64',
    '/picture/scan/../../registry.sqlite',
    '/upload/up-1/a.png',
    '/..%2f..%2fetc/passwd',
    '//evil.example/',
    'http://evil.example/',
    '*',
    '/%',
    `/${'a'.repeat(chance.below(20_000))}`,
    `/\u0001`,
  ]);
  const lines = [
    `Host: ${chance.of([host, host, 'evil.example', '', `localhost:${port}`, `${host}, evil.example`])}`,
    ...some(chance, [
      `Origin: ${chance.of([`http://${host}`, 'null', 'http://evil.example', 'file://'])}`,
      `Cookie: ${chance.of([cookie, `${cookie}; ${cookie}`, `falx-${port}=`, 'x'.repeat(5000)])}`,
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Upgrade: h2c',
      `Content-Length: ${chance.of(['5', '-1', '99999999999999999999', '0', 'x'])}`,
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: gzip, chunked',
      'Expect: 100-continue',
      'X-Forwarded-Host: evil.example',
      `X-Long: ${'y'.repeat(chance.below(20_000))}`,
      'Sec-Fetch-Site: cross-site',
      ': empty',
      'Broken',
      'X-Nul: \u0000',
    ]),
    'Connection: close',
  ];
  const version = chance.of(['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/9.9', '']);
  return `${method} ${target} ${version}\r\n${lines.join('\r\n')}\r\n\r\n${chance.is(0.3) ? 'hello' : ''}`;
}

const some = <T>(chance: Chance, list: readonly T[]): T[] => list.filter(() => chance.is(0.2));
