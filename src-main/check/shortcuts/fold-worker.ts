import { parentPort, workerData } from 'node:worker_threads';
import type { Binned } from './bins.ts';
import { judgeFold, type Setting } from './fold.ts';
import type { FoldTask } from './fold-threads.ts';

/** A thread that judges folds. */
let features: Binned;
parentPort!.on('message', (message: FoldTask | { features: Binned }) => {
  if ('features' in message) features = message.features;
  else
    void judgeFold(workerData as Setting, features, message.repeat, message.fold, () =>
      Promise.resolve(),
    ).then((probabilities) => parentPort!.postMessage(probabilities));
});
