import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Registry } from '../../src-main/registry/registry.ts';
import { newHome } from '../core/training-core.ts';
import * as sample from './sample-records.ts';

/* `cp` onto a registry that a running Falx has open: the same file, with another's records. */

let [mine, theirs]: ReturnType<typeof newHome>[] = [];
let open: Registry;
beforeEach(() => {
  [mine, theirs] = [newHome(), newHome()];
  const other = Registry.open(theirs.home);
  other.datasets.add(sample.dataset('ds-2', 'theirs'), images(200), []);
  other.close();
  open = Registry.open(mine.home);
  open.datasets.add(sample.dataset('ds-1', 'mine'), images(200), []);
});
afterEach(() => {
  open.close();
  for (const place of [mine!, theirs!]) place.remove();
});

const images = (count: number) => Array.from({ length: count }, (_, i) => sample.image(`${i}.png`));
const copyOnto = (from: string) => execFileSync('cp', [from, open.file]);
const theirFile = () => path.join(theirs!.home, 'registry.sqlite');
const names = (registry: Registry) => registry.datasets.list().map(({ name }) => name);
const replaced = expect.objectContaining({
  facts: expect.objectContaining({ why: 'registryReplaced' }) as object,
}) as object;
/** As if the copy had been made some time ago. */
const rest = () => utimesSync(open.file, new Date('2026-01-02'), new Date('2026-01-02'));

describe.runIf(process.platform !== 'win32')('a registry that is written over while it is open', () => {
  test.each(['all of it in its log', 'all of it in the file'])(
    'is noticed with %s; nothing is read from it or written, and what was copied there is used once it is whole',
    (where) => {
      if (where === 'all of it in the file') checkpoint();
      names(open);
      copyOnto(theirFile());
      expect(() => names(open)).toThrow(replaced);
      expect(() => open.datasets.update('ds-1', { name: 'nowhere' })).toThrow(replaced);
      expect(() => open.follow()).toThrow(replaced); // it may still be being written
      expect(readFileSync(open.file).equals(readFileSync(theirFile()))).toBe(true);
      rest();
      open.follow();
      expect(names(open)).toEqual(['theirs']);
      open.datasets.update('ds-2', { name: 'renamed' });
      expect(names(open)).toEqual(['renamed']);
      // Records in the log only are not discarded.
      expect(readdirSync(mine!.home).filter((name) => name.startsWith('registry-overwritten-'))).toHaveLength(
        1,
      );
    },
  );

  test('is noticed within a transaction, which stores nothing', () => {
    expect(() =>
      open.transaction(() => {
        open.datasets.update('ds-1', { name: 'nowhere' });
        copyOnto(theirFile());
      }),
    ).toThrow(replaced);
    expect(readFileSync(open.file).equals(readFileSync(theirFile()))).toBe(true);
    expect(() => names(open)).toThrow(replaced);
    rest();
    open.follow();
    expect(names(open)).toEqual(['theirs']);
  });

  test('stays as it was copied when Falx is closed, and is whole', () => {
    copyOnto(theirFile());
    expect(() => names(open)).toThrow(replaced);
    open.close();
    expect(readFileSync(open.file).equals(readFileSync(theirFile()))).toBe(true);
    open = Registry.open(mine!.home);
    expect(names(open)).toEqual(['theirs']);
  });

  test('is noticed where an older copy of itself is put back', () => {
    open.close();
    const older = path.join(theirs!.home, 'older.sqlite');
    execFileSync('cp', [open.file, older]);
    open = Registry.open(mine!.home);
    open.datasets.update('ds-1', { name: 'later' });
    checkpoint();
    names(open);
    copyOnto(older);
    expect(() => names(open)).toThrow(replaced);
    rest();
    open.follow();
    expect(names(open)).toEqual(['mine']);
  });

  test('is not suspected when it was touched, or its log was taken back into it, by this process or another', () => {
    for (let round = 0; round < 30; round++) {
      open.datasets.update('ds-1', { name: `round ${round}` });
      if (round % 3 === 0) utimesSync(open.file, new Date(), new Date());
      if (round % 5 === 0) checkpoint();
      expect(names(open)).toEqual([`round ${round}`]);
    }
    // Some thousand pages: SQLite checkpoints by itself.
    open.datasets.add(sample.dataset('ds-3', 'large'), images(20_000), []);
    expect(names(open)).toEqual(['round 29', 'large']);
  });
});

/** By another process, as another Falx does occasionally. */
function checkpoint(): void {
  const script = `const db = new (require(${JSON.stringify(path.resolve('node_modules/better-sqlite3'))}))(${JSON.stringify(open.file)}); db.pragma('wal_checkpoint(PASSIVE)'); process.exit()`;
  execFileSync(process.execPath, ['-e', script]);
}
