import path from 'node:path';
import { runtimesFolder } from '../system/installation.ts';

/** Where GPU support lies and is put together, below the folder of the user's runtimes. */
export const places = (runtimes = runtimesFolder()) => {
  const adding = path.join(runtimes, '.adding');
  return {
    runtimes,
    /** Names the runtime in use. */
    active: path.join(runtimes, 'active.json'),
    /** Whoever adds or removes has it. */
    lock: path.join(runtimes, '.lock'),
    /** What is being put together; it stays when that is stopped, and the next time goes on with it. */
    adding,
    /** Of which list of parts that is. */
    partsOf: path.join(adding, 'parts.json'),
    /** Parts on their way, one at a time. */
    downloads: path.join(adding, 'downloads'),
    /** What becomes the runtime. */
    tree: path.join(adding, 'tree'),
    /** One a part that is unpacked whole. */
    receipts: path.join(adding, 'receipts'),
  };
};
export type Places = ReturnType<typeof places>;

/** Begins the names of folders that are being deleted. */
export const GONE = '.gone-';
