import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PIECE, upload } from '../../../src-renderer/host/upload.ts';
import type { StandIn } from './electron-stand-in.ts';
import { Started } from './started.ts';

let started: Started;
beforeEach(() => {
  started = new Started();
});
afterEach(() => started.close());

/** The page's XMLHttpRequest, whose requests Electron passes to the main process. */
function requestsTo({ protocol }: StandIn) {
  return class {
    readonly upload = {};
    readonly #headers = new Headers();
    #url = '';
    status = 0;
    responseText = '';
    onload = () => undefined;
    onloadend = () => undefined;
    onerror = () => undefined;

    open(method: string, url: string): void {
      expect(method).toBe('PUT');
      this.#url = new URL(url, 'falx://app/').href;
    }
    setRequestHeader(name: string, value: string): void {
      this.#headers.set(name, value);
    }
    abort(): void {
      throw new Error('nothing is aborted here');
    }
    send(body: Blob): void {
      this.#headers.set('content-length', String(body.size));
      protocol
        .fetch(this.#url, { method: 'PUT', headers: this.#headers, body })
        .then(async (answer) => {
          this.status = answer.status;
          this.responseText = await answer.text();
          this.onload();
        }, this.onerror)
        .finally(this.onloadend);
    }
  };
}

it('a file without a path is sent in pieces, of which Electron holds one at a time, and is the same there', async () => {
  const standIn = await started.start();
  const { link } = started.openPage(standIn);
  vi.stubGlobal('XMLHttpRequest', requestsTo(standIn));
  const bytes = Buffer.alloc(2 * PIECE + 12_345);
  for (let at = 0; at < bytes.length; at += 4096) bytes.writeUInt32LE(at, at);
  const files = [
    { file: new File([bytes], 'volume.nii'), relativePath: 'pasted/볼륨 1.nii' },
    { file: new File([bytes.subarray(0, PIECE)], 'whole.dcm'), relativePath: 'pasted/whole.dcm' },
    { file: new File([], 'empty.txt'), relativePath: 'pasted/empty.txt' },
  ];
  const sent: number[] = [];
  const taken = await upload(link.client, files, (now) => sent.push(now));
  const hash = (content: Buffer) => createHash('sha256').update(content).digest('hex');
  expect(taken.files.map((file) => hash(readFileSync(file)))).toEqual([
    hash(bytes),
    hash(bytes.subarray(0, PIECE)),
    hash(Buffer.alloc(0)),
  ]);
  expect(standIn.protocol.largestHeld).toBe(PIECE);
  expect(Math.max(...sent)).toBe(bytes.length + PIECE);
  expect(sent).toEqual(sent.toSorted((a, b) => a - b));
  // Nothing is left beside them.
  const folder = path.dirname(taken.files[0]!);
  expect([readdirSync(folder).length, readdirSync(path.dirname(folder))]).toEqual([3, ['pasted']]);
});
