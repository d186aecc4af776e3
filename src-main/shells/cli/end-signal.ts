/** Resolves on Ctrl-C, a service's SIGTERM, or when the terminal closes. */
export const endSignal = (): Promise<void> =>
  new Promise((resolve) => {
    let asked = false;
    const stop = () => {
      // A second signal ends it at once.
      if (asked) process.exit(1);
      asked = true;
      resolve();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  });
