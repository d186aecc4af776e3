import { z } from 'zod';
import { error, note } from '../entry.ts';
import { bytes, choice, fact, message, number, text } from '../parameters.ts';

/** What is downloaded: `file` a network, or a file of GPU support; `title` its name in a sentence. */
const wanted = { of: choice('weights', 'gpu'), file: fact(z.string()), title: text };

/** Downloads of weights and of GPU support. */
export const downloads = {
  downloadStopped: error('cancelled', { ...wanted, url: fact(z.string()) }),
  downloadNoRoom: error('disk', { ...wanted, folder: text, size: bytes, part: fact(z.string()) }),
  downloadProxy: error('download-failed', {
    ...wanted,
    host: text,
    url: fact(z.string()),
    proxy: text,
    reason: message,
    elsewhere: message,
  }),
  downloadProxySignIn: error('download-failed', {
    ...wanted,
    host: text,
    url: fact(z.string()),
    elsewhere: message,
  }),
  downloadOffline: error('download-failed', {
    ...wanted,
    host: text,
    url: fact(z.string()),
    reason: message,
    elsewhere: message,
  }),
  /** @param how the redirect fails: a loop, or to an address without HTTPS. */
  downloadRedirect: error('download-failed', {
    ...wanted,
    url: text,
    to: text,
    how: choice('unprotected', 'circle'),
    elsewhere: message,
  }),
  downloadRefused: error('download-failed', {
    ...wanted,
    host: text,
    url: text,
    status: fact(z.number()),
    answer: text,
    elsewhere: message,
  }),
  downloadLength: error('download-failed', {
    ...wanted,
    url: text,
    expected: number,
    received: number,
    elsewhere: message,
  }),
  /** @param kind of checksum. */
  downloadContent: error('download-failed', {
    ...wanted,
    url: text,
    kind: text,
    expected: text,
    received: text,
    elsewhere: message,
  }),
  /** How to proceed without a connection: the end of the sentences above. */
  downloadElsewhere: note({ of: wanted.of, url: text }),
  /** Why a connection failed: in brackets. */
  connectionSilent: note({ seconds: number }),
  connectionNoMore: note({}),
  connectionTooMuch: note({ total: number }),
  connectionClosed: note({ at: number, total: number }),
  /** @param answer of a proxy, such as 403 Forbidden. */
  proxyAnswered: note({ answer: text }),
  /** @param errno Chromium's code. */
  networkSays: note({ errno: text }),
} as const;
