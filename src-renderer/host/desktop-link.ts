import { RPCLink } from '@orpc/client/message-port';
import { connectMessage, type DesktopBridge } from '../../src-main/contract/desktop.ts';
import { droppedFolder } from './dropped-files.ts';
import type { DroppedFile, Host, Link } from './host.ts';
import { CoreConnection } from './core-connection.ts';
import { upload } from './upload.ts';

/** The desktop window's connection: a message port whose other end the preload passes to the main process. */
export function desktopLink(bridge: DesktopBridge): Link {
  const connection = new CoreConnection();
  const { port1, port2 } = new MessageChannel();
  // Must run before the link's own listener, which rejects the calls under way: they must see that the wire is closed.
  port1.addEventListener('close', () => connection.closed('lost'));
  const wire = { link: new RPCLink({ port: port1 }), closed: false };
  port1.start();
  window.postMessage(connectMessage, '/', [port2]);
  connection.opened(wire);

  const host: Host = {
    shell: 'desktop',
    pickFolder: () => bridge.pickFolder(),
    pickFiles: ({ title, extensions, multiple }) =>
      bridge.pickFiles({ title, extensions: [...extensions], multiple }),
    take: async (files, onProgress, signal, purpose) =>
      localPaths(bridge, files) ?? upload(connection.client, files, onProgress, signal, purpose),
    openFolder: (path) => bridge.openFolder(path),
    notify: (title, body) => bridge.notify(title, body),
    pictureUrl: (path) => path,
  };
  return {
    host,
    client: connection.client,
    state: () => connection.state,
    onState: (listener) => connection.onState(listener),
    // The port lives as long as the page; a page that has lost it must be reloaded.
    reconnect: () => location.reload(),
  };
}

/**
 * The files' own paths on the disk, or null where they must be uploaded instead: pasted pictures have no path, and
 * several folders dropped at once have no common folder that holds only them.
 */
export function localPaths(
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
