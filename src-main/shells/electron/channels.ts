/** IPC channels from the preload script to the main process. */
export const channels = {
  connect: 'falx:connect',
  pickFolder: 'falx:pick-folder',
  pickFiles: 'falx:pick-files',
  openFolder: 'falx:open-folder',
  notify: 'falx:notify',
} as const;
