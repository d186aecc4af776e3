/** The system's wording of disk errors within TensorFlow's messages. */
const ofDisk =
  /No space left on device|Disk quota exceeded|File too large|Input\/output error|Read-only file system|Permission denied|No such file or directory/;

/** Most characters shown. */
const SHOWN = 300;

/**
 * TensorFlow's error message in one line, without its graph details and hints for programmers. For file errors only the system's
 * words.
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
