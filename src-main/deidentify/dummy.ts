const text = 'ANONYMIZED';
const dummies: Record<string, string> = {
  ...{ AE: text, LO: text, LT: text, PN: text, SH: text, ST: text, UC: text, UT: text, CS: text },
  ...{
    AS: '000Y',
    DA: '19000101',
    DT: '19000101000000',
    TM: '000000',
    DS: '0',
    IS: '0',
    UR: 'urn:anonymized',
  },
  // For binary representations, all of them: two zero bytes.
};

/** A dummy value of a value representation. */
export const dummy = (vr: string): Buffer => {
  const value = dummies[vr];
  return value === undefined
    ? Buffer.alloc(
        vr === 'FD' || vr === 'UV' || vr === 'SV' ? 8 : vr === 'FL' || vr === 'UL' || vr === 'SL' ? 4 : 2,
      )
    : Buffer.from(value, 'latin1');
};
