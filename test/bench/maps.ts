import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createRouterClient } from '@orpc/server';
import { openCore } from '../../src-main/core/core.ts';
import { routerOf } from '../../src-main/core/router.ts';

/**
 * `npm run bench:maps -- --home HOME --runs RUN,RUN,RUN FILE…`: the time from dropping a scan to the answers of all runs with
 * their maps, once their networks are loaded; the first file warms up. As a window requests them: one run after another.
 */
const { values, positionals } = parseArgs({
  options: { home: { type: 'string' }, runs: { type: 'string' } },
  allowPositionals: true,
});
const runIds = (values.runs ?? '').split(',');
const files = positionals.map((file) => path.resolve(file));
const core = await openCore({ home: path.resolve(values.home ?? ''), shell: 'browser' });
const client = createRouterClient(routerOf(core), { context: {} });
const times: { all: number; answers: number }[] = [];
try {
  for (const [index, file] of files.entries()) {
    const began = performance.now();
    const scans: { runId: string; sha256: string; positive: boolean }[] = [];
    for (const runId of runIds) {
      const [answer] = await client.predict.scans({ runIds: [runId], files: [file] });
      if (answer?.sha256 == null || answer.positive === null)
        throw new Error(`${runId} answers nothing on ${file}`);
      scans.push({ runId, sha256: answer.sha256, positive: answer.positive });
    }
    const answers = performance.now() - began;
    await Promise.all(
      scans.map(({ runId, sha256, positive }) =>
        client.maps.of({ runId, file, sha256, method: 'cam', target: positive ? 'positive' : 'negative' }),
      ),
    );
    if (index > 0) times.push({ answers, all: performance.now() - began });
  }
} finally {
  await core.close();
}
const sorted = (of: 'all' | 'answers') => times.map((time) => time[of]).sort((a, b) => a - b);
const at = (list: number[], share: number) =>
  list[Math.min(list.length - 1, Math.floor(share * list.length))]!;
for (const what of ['answers', 'all'] as const)
  console.log(
    `${what === 'all' ? 'with maps' : 'answers'}: median ${at(sorted(what), 0.5).toFixed(0)} ms, slowest ${at(sorted(what), 1).toFixed(0)} ms, ${times.length} scans`,
  );
console.log(
  `load of the machine: ${os
    .loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')}`,
);
