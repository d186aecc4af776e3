const titles: Record<string, string> = {
  falx: 'Falx',
  node: 'Node.js',
  tensorflow: 'TensorFlow',
  electron: 'Electron',
  chrome: 'Chromium',
};

/** A program's name as its makers write it; by default its package's name. */
export const programTitle = (name: string): string => titles[name] ?? name;
