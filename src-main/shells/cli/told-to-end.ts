/** Ctrl-C, a service's SIGTERM, or a terminal that goes. */
export const toldToEnd = (): Promise<void> =>
  new Promise((resolve) => {
    let asked = false;
    const stop = () => {
      // Whoever asks twice does not want to wait.
      if (asked) process.exit(1);
      asked = true;
      resolve();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  });
