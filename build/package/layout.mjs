/**
 * Where things are in what is installed, without a slash before it. What runs asks src-main/system/installation.ts; here is
 * what is laid.
 */
export const program = 'usr/lib/falx';

/** Starts the command line; /usr/bin/falx is a link to it. */
export const command = `${program}/bin/falx`;

/** Electron's program, under Falx's name. It needs no argument: the app is in its resources. */
export const windowProgram = `${program}/electron/falx`;

/** Texts of the licences of all that is shipped. */
export const licences = `${program}/licences`;
