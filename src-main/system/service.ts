/** Whether systemd started this process: nobody is at a terminal, and what it prints is in the journal. */
export const isService = (): boolean => process.env['INVOCATION_ID'] !== undefined && !process.stdin.isTTY;
