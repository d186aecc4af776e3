import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Wheel } from '../../build/setup/machine.mjs';

const script = `
import sys, zipfile
file, name, version, megabytes = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
info = f"{name.replace('-', '_')}-{version}.dist-info"
with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("tensorflow/libtensorflow_cc.so.2", bytes(megabytes * 1000 * 1000))
    z.writestr("tensorflow/libtensorflow_framework.so.2", b"framework")
    z.writestr("tensorflow/include/tensorflow/c/c_api.h", "// C")
    z.writestr("tensorflow/include/tensorflow/core/graph/graph.h", "// C++")
    z.writestr("tensorflow/python/__init__.py", "")
    z.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    z.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: cp312-cp312-manylinux_2_27_x86_64\\n")
    z.writestr(f"{info}/RECORD", "")
`;

/**
 * Makes a wheel for pip, with a TensorFlow library of zeros and files that Falx does not use.
 * @returns its entry as in build/runtime-lock.json
 */
export function fakeWheel(folder: string, megabytes: number): Wheel {
  const [name, version, platform] = ['tensorflow-cpu', '9.9.9', 'manylinux_2_27_x86_64'];
  const file = `tensorflow_cpu-${version}-cp312-cp312-${platform}.whl`;
  const path = join(folder, file);
  mkdirSync(folder, { recursive: true });
  execFileSync('python3', ['-c', script, path, name, version, String(megabytes)]);
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  return {
    name,
    version,
    platform,
    file,
    sha256,
    bytes: statSync(path).size,
    unpackedBytes: megabytes * 1e6,
  };
}
