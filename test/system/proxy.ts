import { createServer, request, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** The requests a proxy received, and the bytes it passed back. */
export type Proxy = {
  readonly port: number;
  readonly asked: string[];
  readonly bytes: number;
  /** Answers every request with this instead; null: passes requests on. */
  refuse: string | null;
  /** "name:password" that it requires; null: no authentication. */
  login: string | null;
  close(): Promise<void>;
};

/** A small forward proxy on this machine: tunnels (CONNECT) and plain requests, as companies' proxies have. */
export async function openProxy(): Promise<Proxy> {
  let bytes = 0;
  const asked: string[] = [];
  const refusal = (authorization: string | undefined): string | null =>
    proxy.login !== null && authorization !== `Basic ${Buffer.from(proxy.login).toString('base64')}`
      ? '407 Proxy Authentication Required'
      : proxy.refuse;
  const server: Server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const no = refusal(incoming.headers['proxy-authorization']);
    if (no !== null) return void outgoing.writeHead(Number(no.slice(0, 3))).end();
    const { 'proxy-authorization': _, 'proxy-connection': __, ...headers } = incoming.headers;
    incoming.pipe(
      request(incoming.url!, { method: incoming.method!, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.on('data', (chunk: Buffer) => (bytes += chunk.length)).pipe(outgoing);
      }),
    );
  });
  server.on('connect', (incoming, socket, head) => {
    asked.push(`CONNECT ${incoming.url}`);
    const no = refusal(incoming.headers['proxy-authorization']);
    if (no !== null) return void socket.end(`HTTP/1.1 ${no}\r\n\r\n`);
    const [host, port] = incoming.url!.split(':') as [string, string];
    const there = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      there.write(head);
      there.on('data', (chunk) => (bytes += chunk.length)).pipe(socket);
      socket.pipe(there);
    });
    there.on('error', () => socket.destroy());
    socket.on('error', () => there.destroy());
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: Proxy = {
    port: (server.address() as AddressInfo).port,
    asked,
    get bytes() {
      return bytes;
    },
    refuse: null,
    login: null,
    close: async () => {
      for (const socket of sockets) socket.destroy(); // tunnels are no longer the server's own
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
