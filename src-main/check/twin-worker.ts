import { parentPort, workerData } from 'node:worker_threads';
import { PairComparer, type Shared } from './tasks.ts';
import type { Asked } from './twin-workers.ts';

const comparers = (workerData as Shared[]).map((shared) => new PairComparer(shared));
parentPort!.on('message', ({ search, task }: Asked) => parentPort!.postMessage(comparers[search]!.do(task)));
