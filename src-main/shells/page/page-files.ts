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

/** Answers for the files of the built page; null for any other address. */
export type PageFiles = (request: Request) => Promise<Response | null>;

/**
 * Lists what was built, anew once an asset is asked for that was not there. Addresses are looked up in that list alone,
 * so none leads out of the folder.
 * @throws FalxError `not-found` when the page is not there.
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
    // A page that was built anew has files of other names.
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

/** Null for a file that has gone since, as those of the build before do. */
async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Whole, as a stream: several megabytes must not be held for each reader. */
const content = (file: string) => Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;

/** Address → file. */
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
