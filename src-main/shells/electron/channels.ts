/** What the preload may ask of the main process; the same names at both ends. */
export const channels = {
  connect: 'falx:connect',
  pickFolder: 'falx:pick-folder',
  pickFiles: 'falx:pick-files',
  openFolder: 'falx:open-folder',
  notify: 'falx:notify',
} as const;
