/**
 * The bytes by which Electron's fuses are found and set, as documented (docs/tutorial/fuses.md, "The hard way"): a
 * sentinel, the schema's version, the number of fuses, and one character each.
 * @param wire "1": on, "0": off, "r": removed; by default as in Electron's distribution
 */
export const fuseWire = (wire = '101100011', version = 1): Buffer =>
  Buffer.concat([
    Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
    Buffer.from([version, wire.length]),
    Buffer.from(wire),
  ]);
