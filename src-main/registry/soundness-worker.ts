import { parentPort, workerData } from 'node:worker_threads';
import { quickCheck } from './soundness.ts';

try {
  parentPort!.postMessage({ said: quickCheck(workerData as string) });
} catch (error) {
  parentPort!.postMessage({ said: null, failed: (error as Error).message });
}
