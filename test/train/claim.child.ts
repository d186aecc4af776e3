import { Registry } from '../../src-main/registry/registry.ts';

/** Claims the next run of a home folder, reports it, and stays alive until it is killed. */
const registry = Registry.open(process.argv[2]!);
const run = registry.queue.claimNext(process.pid);
console.log(run?.id);
setInterval(() => registry.runs.get(run!.id), 60_000);
