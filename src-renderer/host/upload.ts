import { ORPCError } from '@orpc/client';
import { pictures, type UploadPurpose } from '../../src-main/contract/api.ts';
import { droppedFolder } from './dropped-files.ts';
import type { Client, DroppedFile } from './host.ts';

/** Concurrent uploads: enough to hide the latency of each answer. */
const lanes = 4;

/** Bytes per request. Electron buffers a whole request body, so a longer file is sent in several. */
export const PIECE = 8 * 2 ** 20;

/**
 * Sends files to the core, into a new folder that keeps their relative paths.
 * @param onProgress receives the bytes sent so far, and their total.
 * @returns absolute paths on the core's machine, in the order of `files`.
 * @throws ORPCError with the core's code and message; the first failure aborts the rest. AbortError when aborted.
 */
export async function upload(
  client: Client,
  files: readonly DroppedFile[],
  onProgress?: (sentBytes: number, totalBytes: number) => void,
  signal?: AbortSignal,
  purpose?: UploadPurpose,
): Promise<{ folder: string | null; files: string[] }> {
  const { uploadId, folder } = await client.files.newUpload(purpose && { purpose });
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
    // After a failure, aborts the other uploads.
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

async function put(
  url: string,
  file: File,
  signal: AbortSignal,
  onProgress: (sentBytes: number) => void,
): Promise<void> {
  if (file.size <= PIECE) return putPiece({ url, file, piece: file, range: null, signal, onProgress });
  for (let from = 0; from < file.size; from += PIECE) {
    const piece = file.slice(from, from + PIECE);
    const range = `bytes ${from}-${from + piece.size - 1}/${file.size}`;
    const before = from;
    await putPiece({ url, file, piece, range, signal, onProgress: (sent) => onProgress(before + sent) });
  }
}

type Piece = {
  url: string;
  file: File;
  piece: Blob;
  /** Its byte range in the file; null: the whole file. */
  range: string | null;
  signal: AbortSignal;
  onProgress: (sentBytes: number) => void;
};

/** `fetch` can't report upload progress; XMLHttpRequest can. */
function putPiece({ url, file, piece, range, signal, onProgress }: Piece): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    if (range !== null) request.setRequestHeader('content-range', range);
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      onProgress(piece.size);
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
    // The signal outlives its many requests: it must not keep them alive.
    request.onloadend = () => signal.removeEventListener('abort', abort);
    if (signal.aborted) return request.onabort(new ProgressEvent('abort'));
    request.send(piece);
  });
}

/** The core answers with the error's code, message and facts as JSON. */
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
