import { parentPort, workerData } from 'node:worker_threads';
import type { Binned } from './bins.ts';
import { evaluateFold, type Setting } from './fold.ts';
import type { FoldTask } from './fold-threads.ts';

/** A thread that evaluates folds. */
let features: Binned;
parentPort!.on('message', (message: FoldTask | { features: Binned }) => {
  if ('features' in message) features = message.features;
  else
    void evaluateFold(workerData as Setting, features, message.repeat, message.fold, () =>
      Promise.resolve(),
    ).then((probabilities) => parentPort!.postMessage(probabilities));
});
