import { parentPort, workerData } from 'node:worker_threads';
import { Comparer, type Shared, type Task } from './tasks.ts';

const comparer = new Comparer(workerData as Shared);
parentPort!.on('message', (task: Task) => parentPort!.postMessage(comparer.do(task)));
