/** In a run's folder, what was fitted when it was evaluated. */
export const fittedFiles = { facts: 'answers.json', features: 'answers.f32', twins: 'twins.f32' } as const;
