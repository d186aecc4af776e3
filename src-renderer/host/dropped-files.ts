import type { DroppedFile } from './host.ts';

/** The files of a drop or paste, including those in dropped folders; hidden files are skipped. */
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
  // A reader returns a folder's entries in batches (100 in Chromium), an empty one at the end.
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (entries.length === 0) return;
    for (const inner of entries) await walk(inner, `${relativePath}/`, files);
  }
}

/**
 * The folder that was dropped: its name, `''` when there are several folders, or null when only single files were
 * dropped.
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
