/**
 * Paths in the installed file tree, without a leading slash. At run time src-main/system/installation.ts finds them;
 * these are the ones packaged.
 */
export const program = 'usr/lib/falx';

/** Starts the command line; /usr/bin/falx is a symbolic link to it. */
export const command = `${program}/bin/falx`;

/** Electron's program, named Falx. It needs no argument: the app is in its resources. */
export const windowProgram = `${program}/electron/falx`;

/** Licence texts of everything shipped. */
export const licences = `${program}/licences`;
