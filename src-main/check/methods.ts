/** Name and version of how twins are looked for, to be raised when it would find others. */
export const CHECK_METHOD = 'twins-4';

/** Name and version of how shortcuts are evaluated, to be raised when it would evaluate otherwise. */
export const SHORTCUT_METHOD = 'shortcuts-3';

/** Version of what is kept of a check for its next opening, to be raised when the same twins and decisions would be shown otherwise. */
export const OPENING_METHOD = 'opening-1';
