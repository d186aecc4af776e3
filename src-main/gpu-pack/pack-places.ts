import path from 'node:path';
import { runtimesFolder } from '../system/installation.ts';

/** Paths of GPU support and of its staging folder, below the folder of the user's runtimes. */
export const places = (runtimes = runtimesFolder()) => {
  const adding = path.join(runtimes, '.adding');
  return {
    runtimes,
    /** Names the runtime in use. */
    active: path.join(runtimes, 'active.json'),
    /** Held while installing or removing. */
    lock: path.join(runtimes, '.lock'),
    /** Staging folder; it stays if an installation is stopped, and the next one continues it. */
    adding,
    /** The list of parts it belongs to. */
    partsOf: path.join(adding, 'parts.json'),
    /** Parts being downloaded, one at a time. */
    downloads: path.join(adding, 'downloads'),
    /** What becomes the runtime. */
    tree: path.join(adding, 'tree'),
    /** One per completely unpacked part. */
    receipts: path.join(adding, 'receipts'),
  };
};
export type Places = ReturnType<typeof places>;

/** Prefix of folders that are being deleted. */
export const GONE = '.gone-';
