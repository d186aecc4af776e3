import { expect, test } from 'vitest';
import type { DroppedFile } from '../../../../src-renderer/host/host.ts';
import { appWith, held, settled } from '../../in-a-window.ts';

test('a folder that is being sent is shown, and can be stopped, when one that was dropped before it has come', async () => {
  const sent = held<{ folder: string; files: string[] }>();
  const imported = {
    datasets: { tableIn: () => Promise.resolve(null), import: () => new Promise(() => undefined) },
  };
  await appWith(imported, { take: sent.ask });
  const { imports } = await import('../../../../src-renderer/stages/data/imports.svelte.ts');
  const folder = (name: string): DroppedFile[] => [
    { file: new File(['x'], 'a.png'), relativePath: `${name}/a.png` },
  ];
  void imports.take(folder('first'));
  void imports.take(folder('second'));
  await settled();
  await sent.answer({ folder: '/first', files: ['/first/a.png'] });
  expect(imports.upload?.name).toBe('second');
  await sent.answer({ folder: '/second', files: ['/second/a.png'] }, 1);
  expect(imports.upload).toBeNull();
});
