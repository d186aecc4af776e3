"""Unpack from a wheel what Falx needs of it: the shared libraries, the C headers, the licences.

python3 unpack.py WHEEL FOLDER prints {file: bytes}. Each file is written under another name, flushed to the disk and
renamed, so a library that a running process has mapped is replaced, never overwritten.
"""

import glob
import json
import os
import re
import shutil
import sys
import zipfile

KEEP = re.compile(
    r"tensorflow/(libtensorflow_(cc|framework)\.[^/]*"
    r"|python/_pywrap_tensorflow_common\.dll(\.if\.lib)?"
    r"|THIRD_PARTY_NOTICES\.txt"
    r"|include/(tensorflow/c/|tensorflow/core/platform/ctstring|tsl/platform/ctstring|xla/tsl/c/).*\.h)"
    r"|nvidia/[^/]+/(lib|nvvm|bin)/.*"
    r"|[^/]+\.dist-info/(.*/)?License[^/]*",
    re.IGNORECASE,
)


def unpack(wheel: str, folder: str) -> dict[str, int]:
    for part in glob.glob(os.path.join(folder, "**", "*.part"), recursive=True):
        os.remove(part)  # what an interrupted set-up left
    files = {}
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            if member.is_dir() or not KEEP.fullmatch(member.filename) or ".." in member.filename:
                continue
            target = os.path.join(folder, *member.filename.split("/"))
            part = f"{target}.{os.getpid()}.part"
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with archive.open(member) as source, open(part, "wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)  # checks the CRC at the end
                sink.flush()
                os.fsync(sink.fileno())
            # Programs in a wheel (ptxas) must stay executable; zip keeps the mode in the upper half.
            os.chmod(part, 0o755 if (member.external_attr >> 16) & 0o100 else 0o644)
            os.replace(part, target)
            files[member.filename] = member.file_size
    return files


print(json.dumps(unpack(sys.argv[1], sys.argv[2])))
