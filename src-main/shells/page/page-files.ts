import { createReadStream, readdirSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { FalxError } from '../../contract/errors.ts';
import { installation } from '../../system/installation.ts';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** Serves the files of the built page; null for any other URL. */
export type PageFiles = (request: Request) => Promise<Response | null>;

/**
 * Lists the built files, and again if a missing asset is requested. URLs are looked up only in that list, so none can lead out of
 * the folder.
 * @throws FalxError `not-found` if the page is missing.
 */
export function pageFiles(folder: string, kind = installation.kind): PageFiles {
  let files = listFiles(folder);
  if (!files.has('/'))
    throw new FalxError('pageNotBuilt', {
      installation: kind,
      file: path.join(folder, 'index.html'),
      folder,
    });
  return async ({ url, method }) => {
    const address = new URL(url).pathname;
    let file = files.get(address);
    // A page that was rebuilt has files with other names.
    if (file === undefined && address.startsWith('/assets/')) {
      files = listFiles(folder);
      file = files.get(address);
    }
    if (file === undefined) return null;
    const size = await sizeOf(file);
    if (size === null) return null;
    return new Response(method === 'HEAD' ? null : content(file), {
      headers: {
        'content-type': types[path.extname(file)] ?? 'application/octet-stream',
        'content-length': String(size),
        // The build puts a hash of their content into the names below assets/.
        'cache-control': address.startsWith('/assets/')
          ? 'private, max-age=31536000, immutable'
          : 'private, no-cache',
      },
    });
  };
}

/** Null for a deleted file, as those of the previous build. */
async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** As a stream: several megabytes must not be held for each reader. */
const content = (file: string) => Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;

/** URL → file. */
function listFiles(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return files;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    files.set(`/${path.relative(folder, file).split(path.sep).join('/')}`, file);
  }
  const index = files.get('/index.html');
  if (index !== undefined) files.set('/', index);
  return files;
}
