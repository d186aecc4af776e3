/** Last part of a path of either kind of system. */
export const lastName = (path: string): string => path.split(/[/\\]/).filter(Boolean).at(-1) ?? path;
