import { parentPort, workerData } from 'node:worker_threads';
import { PairComparer, type Shared, type Task } from './tasks.ts';

const comparer = new PairComparer(workerData as Shared);
parentPort!.on('message', (task: Task) => parentPort!.postMessage(comparer.do(task)));
