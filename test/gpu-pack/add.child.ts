import { addGpuSupport } from '../../src-main/gpu-pack/install.ts';
import { places } from '../../src-main/gpu-pack/pack-places.ts';
import { asIfLoaded, madeParts, packFrom } from './gpu-pack-fixtures.ts';

/** Adds fake parts from a folder, printing each step, until its parent kills it. */
const [runtimes, stick, binding, seed] = process.argv.slice(2) as [string, string, string, string];
const say = (what: string) => process.stdout.write(`${what}\n`);
await addGpuSupport({
  from: stick,
  at: places(runtimes),
  pack: packFrom(madeParts(Number(seed))),
  binding,
  tryOut: (tree) => {
    say('trial');
    return asIfLoaded(tree);
  },
  onPart: ({ file }) => say(file),
  onProgress: (done) => say(String(done)),
});
say('added');
