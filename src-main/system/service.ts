/** Whether systemd started this process: it has no terminal, and its output goes to the journal. */
export const isService = (): boolean => process.env['INVOCATION_ID'] !== undefined && !process.stdin.isTTY;
