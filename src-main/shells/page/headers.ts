/**
 * Headers of everything served to a window.
 * @param lines where the page may connect besides its own origin: WebSockets, which older browsers don't count as the same origin.
 */
export function safeHeaders(lines: readonly string[] = []): Record<string, string> {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      // Plotly and floating layers set styles on elements as they are measured.
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' blob: data:",
      ['connect-src', "'self'", ...lines].join(' '),
      "font-src 'self' data:",
      "manifest-src 'self'",
      "object-src 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), usb=()',
  };
}
