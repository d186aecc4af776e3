import type { DroppedFile } from './host.ts';

/** Files of a drop or paste, dropped folders walked to their end; hidden files are left out. */
export async function droppedFiles(event: DragEvent | ClipboardEvent): Promise<DroppedFile[]> {
  const transfer = 'dataTransfer' in event ? event.dataTransfer : event.clipboardData;
  if (!transfer) return [];
  // Entries must be taken before the first await: the list is emptied when the event ends.
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const found = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const files: DroppedFile[] = [];
  for (const { entry, file } of found) {
    if (entry) await walk(entry, '', files);
    else if (file) files.push({ file, relativePath: file.name });
  }
  return files;
}

async function walk(entry: FileSystemEntry, above: string, files: DroppedFile[]): Promise<void> {
  if (entry.name.startsWith('.')) return;
  const relativePath = above + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    files.push({ file, relativePath });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives a folder in pieces (100 in Chromium) until an empty one.
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (entries.length === 0) return;
    for (const inner of entries) await walk(inner, `${relativePath}/`, files);
  }
}

/**
 * The folder that was dropped: its name, `''` when files of several folders lie beside one another, or null when single
 * files were dropped.
 */
export function droppedFolder(files: readonly DroppedFile[]): string | null {
  const tops = new Set<string>();
  let nested = false;
  for (const { relativePath } of files) {
    const slash = relativePath.indexOf('/');
    if (slash >= 0) nested = true;
    tops.add(slash < 0 ? '' : relativePath.slice(0, slash));
  }
  if (!nested) return null;
  const [top = '', ...others] = tops;
  return others.length === 0 ? top : '';
}
