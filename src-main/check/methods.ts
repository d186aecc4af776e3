/** Name and version of how twins are looked for, to be raised when it would find others. */
export const CHECK_METHOD = 'twins-4';

/** Name and version of how shortcuts are evaluated, to be raised when it would evaluate otherwise. */
export const SHORTCUT_METHOD = 'shortcuts-3';
