import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A private certificate authority, as companies have, and a certificate for localhost signed by it. */
export function makeAuthority(folder: string): { ca: string; key: string; cert: string } {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...fresh, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Own');
  openssl('req', ...fresh, '-keyout', 'own.key', '-out', 'own.csr', '-subj', '/CN=localhost');
  writeFileSync(at('own.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'own.ext'];
  openssl('x509', '-req', '-in', 'own.csr', ...signing, '-out', 'own.pem', '-days', '2');
  return {
    ca: at('ca.pem'),
    key: readFileSync(at('own.key'), 'utf8'),
    cert: readFileSync(at('own.pem'), 'utf8'),
  };
}
