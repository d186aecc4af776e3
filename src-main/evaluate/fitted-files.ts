/** Files in a run's folder with what its evaluation fitted. */
export const fittedFiles = { facts: 'answers.json', features: 'answers.f32', twins: 'twins.f32' } as const;
