import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say, SetUpError } from './command.mjs';

/**
 * Writes a JSON file atomically.
 * @param {string} file
 * @param {unknown} content
 */
export function writeWhole(file, content) {
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, `${JSON.stringify(content, null, 2)}\n`, { flush: true });
  renameSync(part, file);
}

/**
 * A JSON file's content, or undefined if it is missing or incomplete.
 * @param {string} file
 */
export function readIfWhole(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // missing or incomplete: what it describes is made again
  }
}

/**
 * Runs `work` while no other set-up on this machine holds the same lock file; waits for one that does, however long it takes.
 * A lock whose process has died is taken over.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, host: hostname() });
  let waiting = false;
  while (!acquire(file, mine)) {
    const held = readIfWhole(file);
    if (held?.host === hostname() && !isAlive(held.pid)) removeStale(file, held.pid);
    else {
      if (!waiting)
        say(
          `another set-up (process ${held?.pid ?? '?'} on ${held?.host ?? 'this machine'}) is at work; waiting for it. If there is none, delete ${file}.`,
        );
      waiting = true;
      await sleep(500);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/**
 * @param {string} file
 * @param {string} content
 */
function acquire(file, content) {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'EEXIST') return false;
    throw new SetUpError(
      `${file} can't be written (${message}). Make its folder writable, or set FALX_CACHE to one that is.`,
    );
  }
}

/**
 * Moves a dead process's lock aside before deleting it, so that only one of several processes removes it. Should a newer
 * lock be caught by this, two set-ups run at once: twice the work but no harm, since each file is written atomically.
 * @param {string} file
 * @param {number} pid
 */
function removeStale(file, pid) {
  const aside = `${file}.${pid}.dead`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (existsSync(file)) throw error;
  }
  rmSync(aside, { force: true });
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
