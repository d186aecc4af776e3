import { downloadFile } from '../../src-main/system/download.ts';
import { FalxError } from '../../src-main/contract/errors.ts';

/** Downloads as given on the command line, with the proxies and authorities of its environment, and prints the outcome. */
const [part, url, bytes, sha256] = process.argv.slice(2) as [string, string, string, string];
const wanted = { of: 'gpu', file: 'part.whl', title: 'part.whl' } as const;
try {
  await downloadFile(part, {
    ...{ url, bytes: Number(bytes), wanted, pause: 0 },
    checksum: { algorithm: 'sha256', value: sha256 },
  });
  console.log(JSON.stringify({ done: true }));
} catch (error) {
  if (!(error instanceof FalxError)) throw error;
  console.log(JSON.stringify({ message: error.message, facts: error.facts }));
}
