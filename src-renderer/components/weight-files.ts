/** Extensions of files that weights can be added from: Keras's files, and weight packs. */
export const weightFiles = ['h5', 'hdf5', 'keras', 'zip'] as const;
