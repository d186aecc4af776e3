import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { knownFormat, migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';
import { Registry } from '../../../src-main/registry/registry.ts';
import { showCannotStart } from '../../../src-main/shells/browser/cannot-start.ts';

let home: string;
beforeEach(() => {
  home = path.join(mkdtempSync(path.join(tmpdir(), 'falx-newer-')), 'a<b>&c');
  mkdirSync(home);
});
afterEach(() => rmSync(path.dirname(home), { recursive: true, force: true }));

/** The error for a registry written by a future version. */
function newer(): unknown {
  const db = new SQLite(path.join(home, 'registry.sqlite'));
  migrate(db, [...migrations, { number: knownFormat + 1, sql: 'CREATE TABLE later (file TEXT) STRICT' }]);
  db.exec(`UPDATE formats SET falx = '9.8.7'`);
  db.close();
  try {
    Registry.open(home).close();
  } catch (error) {
    return error;
  }
  throw new Error('it was opened');
}

test.each([
  ['en-GB,en;q=0.9', 'Falx can’t start', 'was written by Falx 9.8.7', 'Update Falx'],
  ['ko-KR,ko;q=0.9', 'Falx를 시작할 수 없습니다', 'Falx 9.8.7에서 만들어졌습니다', 'Falx를 업데이트하거나'],
])(
  'the browser says in its language (%s) why Falx can’t start, once',
  async (language, title, what, remedy) => {
    let address = '';
    let page = '';
    const headers = { 'accept-language': language };
    await showCannotStart(newer(), async (given) => {
      address = given;
      const { origin } = new URL(given);
      expect((await fetch(`${origin}/`, { headers })).status).toBe(404);
      const answer = await fetch(given, { headers });
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      page = await answer.text();
      return true;
    });
    for (const part of [title, what, remedy, 'a&lt;b&gt;&amp;c']) expect(page).toContain(part);
    expect(page).not.toMatch(/a<b>|\bat .*\.ts:\d/); // no markup from a path, no stack
    await expect(fetch(address)).rejects.toThrow();
  },
);

test('a browser that can’t be opened is not waited for, nor one that never comes for ever', async () => {
  await showCannotStart(newer(), () => Promise.resolve(false));
  await showCannotStart(new Error('x'), () => Promise.resolve(true), 1);
});
