import { ORPCError } from '@orpc/client';
import { pictures } from '../../src-main/contract/api.ts';
import { droppedFolder } from './dropped-files.ts';
import type { Client, DroppedFile } from './host.ts';

/** Files under way at once: enough to hide the wait for each answer. */
const lanes = 4;

/**
 * Sends files to the core, into a folder of their own that keeps their relative paths.
 * @param onProgress is told of bytes sent, and of how many.
 * @returns absolute paths on the core's machine, in the order of `files`.
 * @throws ORPCError with the core's code and sentence; the first failure ends it. AbortError when given up.
 */
export async function upload(
  client: Client,
  files: readonly DroppedFile[],
  onProgress?: (sentBytes: number, totalBytes: number) => void,
  signal?: AbortSignal,
): Promise<{ folder: string | null; files: string[] }> {
  const { uploadId, folder } = await client.files.newUpload();
  const names = distinct(files.map(({ relativePath }) => relativePath));
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  const sent = files.map(() => 0);
  let sum = 0;
  const stop = new AbortController();
  const stopped = AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]);
  const waiting = [...files.keys()];
  const lane = async () => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      const here = index;
      await put(pictures.upload(uploadId, names[here]!), files[here]!.file, stopped, (bytes) => {
        sum += bytes - sent[here]!;
        sent[here] = bytes;
        onProgress?.(Math.min(sum, total), total);
      });
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    // Those still under way when one has failed.
    stop.abort();
  }
  const top = droppedFolder(files);
  return {
    folder: top === null ? null : top === '' ? folder : `${folder}/${top}`,
    files: names.map((name) => `${folder}/${name}`),
  };
}

/** Pasted pictures are all called image.png: the second becomes "image (2).png". */
function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const [, stem = name, extension = ''] = /^(.*?)(\.[^./]*)?$/s.exec(name) ?? [];
    let free = name;
    for (let count = 2; taken.has(free); count++) free = `${stem} (${count})${extension}`;
    taken.add(free);
    return free;
  });
}

/** `fetch` can't tell how much of a body has gone; XMLHttpRequest can. */
function put(
  url: string,
  file: File,
  signal: AbortSignal,
  onProgress: (sentBytes: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      onProgress(file.size);
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(refusal(request, file));
    };
    request.onerror = () =>
      reject(
        new ORPCError('connection-lost', {
          message: `The connection to Falx broke while ${file.name} was sent. Try again.`,
          data: { file: file.name },
        }),
      );
    request.onabort = () => reject(new DOMException('Sending was given up.', 'AbortError'));
    const abort = () => request.abort();
    signal.addEventListener('abort', abort);
    // The signal outlives its requests, which are many: it must not keep them.
    request.onloadend = () => signal.removeEventListener('abort', abort);
    if (signal.aborted) return request.onabort(new ProgressEvent('abort'));
    request.send(file);
  });
}

/** The core answers with its error's code, message and facts as JSON. */
function refusal(request: XMLHttpRequest, file: File): Error {
  try {
    const { code, message, facts } = JSON.parse(request.responseText) as {
      code: string;
      message: string;
      facts: unknown;
    };
    return new ORPCError(code, { message, data: facts });
  } catch {
    return new ORPCError('fault', {
      message: `${file.name} could not be sent (HTTP ${request.status}). Try again.`,
      data: { file: file.name, status: request.status },
    });
  }
}
