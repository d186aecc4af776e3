// Reports what a launched program sees, then ends as it is told to.
const [how, ...args] = process.argv.slice(2);
process.on('SIGTERM', () => {
  process.stdout.write('told to end\n');
  process.exit(3);
});
process.stdout.write(`${JSON.stringify({ node: process.version, folder: process.cwd(), args })}\n`);
if (how === 'exit') process.exit(7);
if (how === 'read') process.stdin.pipe(process.stdout);
else setInterval(() => undefined, 1000); // waits for a signal
