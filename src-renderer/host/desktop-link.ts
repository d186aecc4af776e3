import { RPCLink } from '@orpc/client/message-port';
import { connectMessage, type DesktopBridge } from '../../src-main/contract/desktop.ts';
import { droppedFolder } from './dropped-files.ts';
import type { DroppedFile, Host, Link } from './host.ts';
import { Line } from './core-line.ts';
import { upload } from './upload.ts';

/** The line of the desktop's window: a message port whose other end the preload hands to the main process. */
export function desktopLink(bridge: DesktopBridge): Link {
  const line = new Line();
  const { port1, port2 } = new MessageChannel();
  // Before the link's own listener, which ends the calls under way: they are to know that the line is broken.
  port1.addEventListener('close', () => line.broken('lost'));
  const wire = { link: new RPCLink({ port: port1 }), closed: false };
  port1.start();
  window.postMessage(connectMessage, '/', [port2]);
  line.connected(wire);

  const host: Host = {
    shell: 'desktop',
    pickFolder: () => bridge.pickFolder(),
    pickFiles: ({ title, extensions, multiple }) =>
      bridge.pickFiles({ title, extensions: [...extensions], multiple }),
    take: async (files, onProgress, signal, purpose) =>
      whereTheyAre(bridge, files) ?? upload(line.client, files, onProgress, signal, purpose),
    openFolder: (path) => bridge.openFolder(path),
    notify: (title, body) => bridge.notify(title, body),
    pictureUrl: (path) => path,
  };
  return {
    host,
    client: line.client,
    state: () => line.state,
    onState: (listener) => line.onState(listener),
    // The port lasts as long as the page; a page that lost it starts anew.
    reconnect: () => location.reload(),
  };
}

/**
 * The files' own places on the disk, or null where they must be sent instead: pasted pictures lie nowhere, and several
 * folders dropped at once have no folder that holds only them.
 */
export function whereTheyAre(
  bridge: Pick<DesktopBridge, 'pathForFile'>,
  files: readonly DroppedFile[],
): { folder: string | null; files: string[] } | null {
  const paths = files.map(({ file }) => bridge.pathForFile(file));
  if (paths.includes('')) return null;
  const top = droppedFolder(files);
  if (top === null) return { folder: null, files: paths };
  const [first, path] = [files[0], paths[0]];
  if (top === '' || !first || !path) return null;
  const inside = first.relativePath.length - top.length;
  return { folder: path.slice(0, path.length - inside), files: paths };
}
