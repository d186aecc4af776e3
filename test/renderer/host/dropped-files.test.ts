import { describe, expect, it } from 'vitest';
import { droppedFiles, droppedFolder } from '../../../src-renderer/host/dropped-files.ts';

/** Entries of a browser's drop: a string is a file, an object a folder. */
type Tree = { [name: string]: Tree | string };

function entry(name: string, content: Tree | string): unknown {
  if (typeof content === 'string')
    return { name, isFile: true, file: (done: (file: File) => void) => done(new File([content], name)) };
  const names = Object.keys(content);
  return {
    name,
    isFile: false,
    createReader: () => {
      let given = 0;
      return {
        // In batches of two, as Chromium returns batches of a hundred.
        readEntries: (done: (entries: unknown[]) => void) => {
          done(names.slice(given, given + 2).map((inner) => entry(inner, content[inner]!)));
          given += 2;
        },
      };
    },
  };
}

const drop = (tree: Tree): DragEvent =>
  ({
    dataTransfer: {
      items: Object.entries(tree).map(([name, content]) => ({
        kind: 'file',
        webkitGetAsEntry: () => entry(name, content),
        getAsFile: () => null,
      })),
    },
  }) as unknown as DragEvent;

describe('a drop', () => {
  it('is walked to the end of its folders, hidden files left out', async () => {
    const files = await droppedFiles(
      drop({
        scans: {
          Tumour: { 'a.png': 'a', 'b.png': 'b', 'c.png': 'c', '.DS_Store': 'x' },
          Healthy: { 'd.png': 'd' },
          '.git': { config: 'x' },
        },
      }),
    );
    expect(files.map(({ relativePath }) => relativePath)).toEqual([
      'scans/Tumour/a.png',
      'scans/Tumour/b.png',
      'scans/Tumour/c.png',
      'scans/Healthy/d.png',
    ]);
    expect(await files[0]?.file.text()).toBe('a');
  });

  it('of nothing that is a file is empty', async () => {
    const event = { dataTransfer: { items: [{ kind: 'string' }] } } as unknown as DragEvent;
    expect(await droppedFiles(event)).toEqual([]);
  });
});

it('a paste is the picture on the clipboard', async () => {
  const picture = new File(['pixels'], 'image.png');
  const items = [{ kind: 'file', webkitGetAsEntry: () => null, getAsFile: () => picture }];
  const event = { clipboardData: { items } } as unknown as ClipboardEvent;
  expect(await droppedFiles(event)).toEqual([{ file: picture, relativePath: 'image.png' }]);
});

it.each([
  [['scans/Tumour/a.png', 'scans/Healthy/b.png'], 'scans'],
  [['Tumour/a.png', 'Healthy/b.png'], ''],
  [['scans/a.png', 'b.png'], ''],
  [['a.png', 'b.png'], null],
])('the folder of %j is %j', (paths, folder) => {
  expect(droppedFolder(paths.map((relativePath) => ({ file: new File([], 'x'), relativePath })))).toBe(
    folder,
  );
});
