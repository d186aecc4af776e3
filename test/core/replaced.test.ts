import { renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import { backUpInUse, restoreBackup } from '../../src-main/registry/backups.ts';
import { knownFormat } from '../../src-main/registry/migrations/migrations.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import * as sample from '../registry/sample-records.ts';
import { coreOfFile } from './training-core.ts';

const open = coreOfFile((registry) => {
  registry.datasets.add(sample.dataset('ds-1', 'before'), [sample.image('a.png')], []);
});

test.runIf(process.platform !== 'win32')(
  'a window is told when its records are replaced under it, nothing more is written, and it goes on with the new ones once nothing is at work',
  async () => {
    const { core, client, home } = open;
    const { file } = core.registry;
    const backup = await backUpInUse(file);
    core.registry.datasets.update('ds-1', { name: 'later' });
    const work = Promise.withResolvers<string>();
    const job = core.jobs.start('check', 'ds-1', 'images', () => work.promise);
    const events = await client.events();
    for (const end of ['', '-wal', '-shm']) renameSync(file + end, `${file}.away${end}`);
    await restoreBackup(home, backup.file, knownFormat);
    // Its screens reload, and show the new answers.
    for await (const event of events) if (event.kind === 'changed' && event.table === 'datasets') break;
    const replaced = { code: 'registry', data: { why: 'registryReplaced', file } };
    await expect(client.datasets.list()).rejects.toMatchObject(replaced);
    await expect(client.datasets.rename({ datasetId: 'ds-1', name: 'after' })).rejects.toMatchObject(
      replaced,
    );
    const other = Registry.open(home);
    expect(other.datasets.get('ds-1').name).toBe('before');
    other.close();

    work.resolve('ds-1');
    await core.jobs.settled(job.id);
    const named = async () => (await client.datasets.list()).map(({ dataset }) => dataset.name);
    await expect.poll(() => named().catch(String), { timeout: 60_000 }).toEqual(['before']);
    await client.datasets.rename({ datasetId: 'ds-1', name: 'after' });
    expect(await named()).toEqual(['after']);
    expect(core.registry.audit.verify()).toMatchObject({ whole: true });
  },
);
