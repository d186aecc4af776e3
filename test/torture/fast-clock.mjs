// In the trainer alone the clock runs a thousand times as fast, so that a checkpoint falls due after each epoch, not after 30 s.
if (process.argv[1]?.endsWith('worker.ts') && process.argv[1].includes('train')) {
  const now = performance.now.bind(performance);
  performance.now = () => 1000 * now();
}
