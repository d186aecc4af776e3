/** Endings of what weights can be added from: Keras's files, and packs of them. */
export const weightFiles = ['h5', 'hdf5', 'keras', 'zip'] as const;
