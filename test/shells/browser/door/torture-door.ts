import { parseArgs } from 'node:util';
import { knock } from './knock.ts';

/*
 * npm run torture:door -- [--count 100000] [--seed 1]
 * Hostile messages to `falx serve`: four of five over an admitted window's connection, one of five as strangers' requests. Nothing
 * may be accepted, and its memory may not grow.
 */

const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const began = performance.now();
const told = await knock(Number(values.seed), Number(values.count), 10);
const mebi = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
for (const [part, { rss, heapUsed, external }] of told.memory.entries())
  console.log(
    `after part ${part + 1}: ${mebi(rss)} MiB resident, ${mebi(heapUsed)} heap, ${mebi(external)} external`,
  );
for (const wrong of told.wrong.slice(0, 20)) console.log(`WRONG: ${wrong}`);
/** Relative growth since the first fifth. */
const growthOf = (what: 'rss' | 'heapUsed'): number => told.memory.at(-1)![what] / told.memory[1]![what] - 1;
const [heap, resident] = [growthOf('heapUsed'), growthOf('rss')];
console.log(
  `${told.messages} messages and ${told.heads} requests in ${((performance.now() - began) / 1000).toFixed(0)} s: ${told.wrong.length} taken; ` +
    `heap ${(100 * heap).toFixed(1)} %, resident memory ${(100 * resident).toFixed(1)} % more than after the second tenth; longest answer ${told.longestAnswer} bytes; ` +
    `${mebi(told.printed)} MiB printed and logged, longest line ${told.longestLine} characters`,
);
process.exitCode = told.wrong.length > 0 || heap > 0.1 || resident > 0.03 ? 1 : 0;
