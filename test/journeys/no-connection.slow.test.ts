import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { builtWindow } from '../built.ts';
import { eventually } from '../eventually.ts';

/**
 * "Nothing leaves the machine", verified at the kernel: every process of a complete journey is traced, and every address
 * passed to a system call is checked. This can't see: the window's own process (Chromium; its page is restricted by
 * `connect-src 'self'`), io_uring (libuv's ring only watches descriptors), drivers inside the kernel, and other programs.
 */
const cli = path.join(import.meta.dirname, '../../src-main/shells/cli/main.ts');
const place = mkdtempSync(path.join(tmpdir(), 'falx-no-connection-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const tried = spawnSync('strace', ['-f', '--seccomp-bpf', '-o', path.join(place, 'tried'), 'true']);
const missing =
  tried.error?.message ?? (tried.status === 0 ? null : `strace can't trace here: ${tried.stderr.toString()}`);
if (missing !== null)
  process.stderr.write(`Whether Falx connects to anything is not tested (${missing}). Install strace.\n`);

const traced = ['-f', '-qq', '--seccomp-bpf', '-e', 'trace=%network', '-e', 'signal=none'];

/** Runs a program under strace. @returns its output, and each network call of it and its descendants, one per line */
async function trace(name: string, program: string, args: readonly string[]) {
  const log = path.join(place, `${name}.strace`);
  const { stdout } = await promisify(execFile)('strace', [...traced, '-o', log, program, ...args], {
    env: { ...process.env, FALX_HOME: path.join(place, 'home') },
    maxBuffer: 2 ** 26,
  });
  return { stdout, calls: callsIn(log) };
}

const callsIn = (log: string): string[] => readFileSync(log, 'utf8').split('\n').filter(Boolean);

/** Calls that could reach another machine, directly or through a service on this one. A socket pair has no address: worker and core. */
const outward = (calls: readonly string[]): string[] =>
  calls.filter((call) => {
    if (!/ (connect|sendto|sendmsg|sendmmsg)\(/.test(call)) return false;
    // A system resolver listens on this machine and asks others.
    if (/sin6?_port=htons\((53|853|5353|5355)\)|sun_path="[^"]*resolve/.test(call)) return true;
    if (/sa_family=AF_UNIX/.test(call)) return false;
    if (/inet_addr\("127\.[\d.]+"\)|"(::1|::ffff:127\.[\d.]+)", &sin6_addr/.test(call)) return false;
    return /sa_family=/.test(call);
  });

/** Addresses on which others could reach Falx. */
const open = (calls: readonly string[]): string[] =>
  calls.filter(
    (call) =>
      / bind\(/.test(call) && !/sa_family=AF_UNIX|inet_addr\("127\.[\d.]+"\)|"::1", &sin6_addr/.test(call),
  );

describe.skipIf(missing !== null)('no connection', () => {
  test('is missed by this test when there is one', async () => {
    // Connecting a datagram socket sets its address and sends nothing.
    const script = `const socket = require('dgram').createSocket('udp4');
      socket.connect(9, process.argv[1], () => socket.close());`;
    const said = async (address: string) =>
      outward((await trace(`to ${address}`, process.execPath, ['-e', script, address])).calls);
    expect(await said('192.0.2.1')).toEqual([expect.stringContaining('inet_addr("192.0.2.1")')]);
    expect(await said('127.0.0.1')).toEqual([]);
    expect(
      outward([
        '7 connect(19, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")}, 16) = 0',
        '7 connect(19, {sa_family=AF_UNIX, sun_path="/run/systemd/resolve/io.systemd.Resolve"}, 42) = 0',
        '7 connect(19, {sa_family=AF_INET6, sin6_port=htons(443), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)}, 28 <unfinished ...>',
        '7 sendto(19, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("198.51.100.7")}, 16) = 1',
      ]),
    ).toHaveLength(4);
  });

  test('is made from the doctor to a prediction', async () => {
    const scans = path.join(place, 'scans');
    const falx = async (name: string, ...args: string[]) => {
      const { stdout, calls } = await trace(name, process.execPath, [cli, name, ...args]);
      expect(outward(calls), name).toEqual([]);
      expect(open(calls), name).toEqual([]);
      // Not even what a connection would need.
      expect(
        calls.filter((call) => / socket\((?!AF_UNIX)/.test(call)),
        name,
      ).toEqual([]);
      return stdout;
    };
    const found = async (command: Promise<string>, prefix: string) =>
      new RegExp(`${prefix}-[0-9a-z]+`).exec(await command)![0];
    await falx('doctor');
    await falx('demo', scans, '--per-class', '8', '--size', '32', '--seed', '3');
    await falx('import', scans, '--name', 'phantoms');
    await falx('check', 'phantoms');
    const split = await found(falx('split', 'phantoms', '--json'), 'sp');
    const small = ['--networks', 'mobilenetv2', '--size', '32', '--batch', '4', '--epochs', '1'];
    const run = await found(falx('train', split, ...small, '--weights', 'none', '--json'), 'run');
    const [folder] = readdirSync(scans, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const [scan] = readdirSync(path.join(scans, folder!.name));
    expect(await falx('predict', run, path.join(scans, folder!.name, scan!), '--json')).toContain(
      'probability',
    );
  });

  test('is made by the server of the window, which this machine alone can reach', async () => {
    await builtWindow();
    const log = path.join(place, 'serve.strace');
    const server = spawn(
      'strace',
      [...traced, '-o', log, process.execPath, cli, 'serve', '--json', '--no-open'],
      { env: { ...process.env, FALX_HOME: path.join(place, 'home') } },
    );
    const ended = new Promise((resolve) => server.once('close', resolve));
    let said = '';
    server.stdout.on('data', (part: Buffer) => (said += part.toString()));
    const { address } = await eventually(() => JSON.parse(said) as { address: string });
    const entered = await fetch(address, { redirect: 'manual' });
    const cookie = entered.headers.getSetCookie()[0]!.split(';')[0]!;
    expect((await fetch(new URL('/', address), { headers: { cookie } })).status).toBe(200);
    // strace does not forward the signal that ends it.
    const bound = / bind\(.*inet_addr\("127\.0\.0\.1"\)/;
    process.kill(Number.parseInt(callsIn(log).find((call) => bound.test(call))!), 'SIGTERM');
    await ended;
    const calls = callsIn(log);
    expect(open(calls)).toEqual([]);
    expect(outward(calls)).toEqual([]);
  });
});
