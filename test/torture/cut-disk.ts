import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** One operation as the recording library wrote it. */
export interface Operation {
  what: 'create' | 'write' | 'truncate' | 'sync' | 'rename' | 'link' | 'unlink' | 'mkdir';
  path: string;
  other: string;
  offset: number;
  data: Buffer;
}

export function readOperations(log: string): Operation[] {
  const bytes = readFileSync(log);
  const operations: Operation[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at);
    const [what, file, other, offset, length] = bytes.toString('utf8', at, end).split('\t');
    at = end + 1 + Number(length);
    const data = bytes.subarray(end + 1, at);
    operations.push({
      what: what as Operation['what'],
      path: file!,
      other: other!,
      offset: Number(offset),
      data,
    });
  }
  return operations;
}

type Change = { offset: number; data: Buffer } | { length: number };
class FileNode {
  /** What is on the disk, and the changes since. */
  kept = Buffer.alloc(0);
  pending: Change[] = [];
}
type NameChange = { gone: string[]; name: string | null; node: Node | null };
class FolderNode {
  kept = new Map<string, Node>();
  pending: NameChange[] = [];

  now(): Map<string, Node> {
    return applied(this.kept, this.pending);
  }
}
type Node = FileNode | FolderNode;

function applied(kept: ReadonlyMap<string, Node>, changes: readonly NameChange[]): Map<string, Node> {
  const names = new Map(kept);
  for (const { gone, name, node } of changes) {
    for (const old of gone) names.delete(old);
    if (name !== null) names.set(name, node!);
  }
  return names;
}

/**
 * A simulated disk for a folder that keeps synced data, and of the rest a random part: of a file some of its writes, the last
 * one torn; of a folder the first few of its changes, as a journal does. Syncing a file keeps its content, not its name; syncing
 * a folder keeps its names.
 */
export class CutDisk {
  readonly #root: string;
  readonly #top: FolderNode;

  /** @param from the disk's initial content. @param root its path in the operations. */
  constructor(from: string, root: string) {
    this.#root = root;
    this.#top = taken(from) as FolderNode;
  }

  apply({ what, path: file, other, offset, data }: Operation): void {
    const name = path.basename(file);
    if (what === 'sync') {
      const node = this.#find(file);
      if (node instanceof FileNode) [node.kept, node.pending] = [content(node.kept, node.pending), []];
      else if (node) [node.kept, node.pending] = [node.now(), []];
      return;
    }
    if (what === 'write' || what === 'truncate') {
      const node = this.#find(file);
      if (node instanceof FileNode)
        node.pending.push(what === 'write' ? { offset, data } : { length: offset });
      return; // a file without a name leaves nothing anyway
    }
    const folder = this.#find(path.dirname(file));
    if (!(folder instanceof FolderNode)) return;
    if (what === 'create') folder.pending.push({ gone: [], name, node: new FileNode() });
    if (what === 'mkdir') folder.pending.push({ gone: [], name, node: new FolderNode() });
    if (what === 'unlink') folder.pending.push({ gone: [name], name: null, node: null });
    if (what === 'link' || what === 'rename') {
      const node = folder.now().get(name);
      const target = this.#find(path.dirname(other));
      if (!node || !(target instanceof FolderNode)) return;
      const gone = what === 'rename' ? [name] : [];
      if (target === folder) folder.pending.push({ gone, name: path.basename(other), node });
      else {
        target.pending.push({ gone: [], name: path.basename(other), node });
        if (what === 'rename') folder.pending.push({ gone, name: null, node: null });
      }
    }
  }

  /** Writes what a power cut would leave. @param random null: all unsynced data is lost. @param whole none is lost. */
  leave(at: string, random: (() => number) | null, whole = false): void {
    put(this.#top, at, random, whole);
  }

  #find(file: string): Node | undefined {
    let node: Node | undefined = this.#top;
    for (const name of path.relative(this.#root, file).split(path.sep).filter(Boolean)) {
      if (!(node instanceof FolderNode)) return undefined;
      node = node.now().get(name);
    }
    return node;
  }
}

function taken(from: string): Node {
  if (statSync(from).isDirectory()) {
    const folder = new FolderNode();
    for (const name of readdirSync(from)) folder.kept.set(name, taken(path.join(from, name)));
    return folder;
  }
  const file = new FileNode();
  file.kept = readFileSync(from);
  return file;
}

function content(kept: Buffer, changes: readonly Change[]): Buffer<ArrayBuffer> {
  let bytes = Buffer.from(kept);
  for (const change of changes) {
    const length =
      'length' in change ? change.length : Math.max(bytes.length, change.offset + change.data.length);
    if (length !== bytes.length) {
      const longer = Buffer.alloc(length);
      bytes.copy(longer);
      bytes = longer;
    }
    if ('data' in change) change.data.copy(bytes, change.offset);
  }
  return bytes;
}

function put(node: Node, at: string, random: (() => number) | null, whole: boolean): void {
  if (node instanceof FileNode)
    return writeFileSync(at, content(node.kept, whole ? node.pending : some(node.pending, random)));
  mkdirSync(at, { recursive: true });
  const first = whole
    ? node.pending.length
    : random === null
      ? 0
      : Math.floor(random() * (node.pending.length + 1));
  for (const [name, child] of applied(node.kept, node.pending.slice(0, first)))
    put(child, path.join(at, name), random, whole);
}

/** A random subset, in order; one may be torn. */
function some(changes: readonly Change[], random: (() => number) | null): Change[] {
  if (random === null) return [];
  return changes.flatMap((change): Change[] => {
    const luck = random();
    if (luck < 0.4) return [];
    if (luck < 0.6 && 'data' in change)
      return [
        { offset: change.offset, data: change.data.subarray(0, Math.floor(random() * change.data.length)) },
      ];
    return [change];
  });
}
