import { Registry } from '../../src-main/registry/registry.ts';
import * as sample from './sample-records.ts';

/**
 * One of the two processes of two-processes.slow.test.ts. Waits for the common instant, opens the home folder, adds its own
 * datasets and runs, and claims runs until none is left. Prints what it claimed as JSON.
 */
const [home, me, instant, count] = process.argv.slice(2) as [string, string, string, string];
while (Date.now() < Number(instant)); // so that both open the new home in the same millisecond

const registry = Registry.open(home);
const claimed: string[] = [];
for (let number = 0; number < Number(count); number += 1) {
  const id = `${me}-${number}`;
  registry.datasets.add(sample.dataset(`ds-${id}`, 'same name'), [sample.image('Healthy/a.jpg')], []);
  registry.splits.add(sample.split(`sp-${id}`, `ds-${id}`), [
    { imageId: registry.images.list(`ds-${id}`)[0]!.id, part: 'train' },
  ]);
  registry.runs.add(sample.run(`run-${id}`, `sp-${id}`));
  const run = registry.queue.claimNext(process.pid);
  if (!run) continue;
  claimed.push(run.id);
  registry.epochs.add(run.id, sample.epoch(1));
  registry.runs.update(run.id, { status: 'done', bestEpoch: 1 });
}
registry.close();
console.log(JSON.stringify(claimed));
