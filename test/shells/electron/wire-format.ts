import { ChildProcess } from 'node:child_process';

/**
 * Makes this process write to its forked processes as Electron 43 and later do: in version 16 of V8's wire format, where
 * Node 24 reads 15 at most. Load it into a parent: `node --import …` or an import. Only what `child.send` writes is
 * changed: between threads, and from a test runner to its own parent, both ends have the same V8.
 */
type Pipe = { writeBuffer(request: unknown, bytes: Uint8Array, handle: unknown): unknown };
type Spawning = ChildProcess & { spawn(options: { serialization?: string }): unknown };

const prototype = ChildProcess.prototype as Spawning;
const { spawn } = prototype;
prototype.spawn = function (this: Spawning, options) {
  const started = spawn.call(this, options);
  if (options.serialization === 'advanced' && this.connected) writeAsElectron(pipeOf(this));
  return started;
};

/** Node's own end of the pipe to a forked process. */
function pipeOf(child: object): Pipe {
  const keys = Object.getOwnPropertySymbols(child) as unknown as (keyof typeof child)[];
  const pipe = keys
    .map((key) => child[key] as Partial<Pipe> | undefined)
    .find((part) => typeof part?.writeBuffer === 'function');
  if (!pipe) throw new Error('this Node keeps the pipe to a forked process elsewhere');
  return pipe as Pipe;
}

function writeAsElectron(pipe: Pipe): void {
  const { writeBuffer } = pipe;
  pipe.writeBuffer = (request, bytes, handle) => {
    // Four bytes of length, then the header: 0xff and the version.
    if (bytes[4] !== 0xff || bytes[5] !== 0x0f) throw new Error('this V8 does not write version 15');
    bytes[5] = 0x10;
    return writeBuffer.call(pipe, request, bytes, handle);
  };
}
