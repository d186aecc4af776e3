import { binding } from '../../src-main/tensorflow/runtime.ts';
import { Session } from '../../src-main/tensorflow/session.ts';
import { frozenFolder } from '../../src-main/train/frozen.ts';
import { noise, readModel, readWork, report, timed } from './child.ts';

// Inference as the predictor does it: the folded graph, from uint8 pixels in memory to probabilities in memory.
const work = readWork();
const session = new Session(frozenFolder(readModel()));
const shape = [work.batch, work.size, work.size, 3];
const images = { dtype: 'uint8', shape, data: noise(shape.reduce((a, b) => a * b)) } as const;
const times = await timed(() => session.run({ 'predict/images:0': images }, ['predict/probability:0']), work);
report({
  ...times,
  parameters: null,
  versions: { tensorflow: binding().TF_Version },
  loss: null,
  note: null,
});
session.close();
