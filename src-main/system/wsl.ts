import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Which Windows Subsystem for Linux this runs in, or null: 1 has no Linux kernel and no GPU; 2 is a virtual machine, whose GPU is
 * at /dev/dxg, behind Windows' own driver, without /proc/driver/nvidia and without an address on the PCI bus. The same in a
 * container inside it.
 * @param root of the file system, `/`
 */
export function wslVersion(root = '/'): 1 | 2 | null {
  // "5.15.167.4-microsoft-standard-WSL2"; 1 says "4.4.0-22621-Microsoft".
  const release = text(path.join(root, 'proc/sys/kernel/osrelease'));
  if (/-Microsoft/.test(release)) return 1;
  // A custom kernel may have any name; the interpreter of Windows programs is there all the same.
  const startsWindowsPrograms = ['WSLInterop', 'WSLInterop-late'].some((name) =>
    existsSync(path.join(root, 'proc/sys/fs/binfmt_misc', name)),
  );
  return /microsoft|WSL2/i.test(release) || startsWindowsPrograms ? 2 : null;
}

export const isWsl = (root = '/'): boolean => wslVersion(root) !== null;

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // not Linux
  }
}
