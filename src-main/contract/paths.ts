/** Last part of a path, Windows' or POSIX's. */
export const lastName = (path: string): string => path.split(/[/\\]/).filter(Boolean).at(-1) ?? path;
