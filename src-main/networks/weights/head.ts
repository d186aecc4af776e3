/** The one layer on top of every backbone: pooled features → logit of the positive class. */
export const headLayerName = 'logit';
