/** What the system says of a disk, wherever it stands in TensorFlow's words. */
const ofDisk =
  /No space left on device|Disk quota exceeded|File too large|Input\/output error|Read-only file system|Permission denied|No such file or directory/;

/** Most characters that are shown. */
const SHOWN = 300;

/**
 * What TensorFlow says of an error, in one line: without what it says of its own graph, and its hints for programmers. Of
 * reading and writing files the system's words alone.
 */
export function inOneLine(message: string): string {
  const disk = ofDisk.exec(message)?.[0];
  if (disk !== undefined) return disk;
  const line =
    message
      .replace(/^(Session fail to run with error|TensorFlow stopped): */, '')
      .split('\n')
      .find((one) => one.trim() !== '')
      ?.trim() ?? '';
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
