/**
 * The bytes by which Electron's fuses are found and set, as its documentation lays them out (docs/tutorial/fuses.md, "The hard
 * way"): a sentinel, the schema's version, how many there are, and a character each.
 * @param wire "1": on, "0": off, "r": removed; as Electron comes when left out
 */
export const fuseWire = (wire = '101100011', version = 1): Buffer =>
  Buffer.concat([
    Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
    Buffer.from([version, wire.length]),
    Buffer.from(wire),
  ]);
