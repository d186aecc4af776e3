"""Decodes image files with Pillow, for test/images/pillow.slow.test.ts to compare with.

Reads file names from standard input, a line each; writes for each a line of JSON {file, width, height, lossless} or
{file, error}, and its RGB pixels to OUT/<line number>.rgb.  Run: python pillow.py OUT
"""

import json
import pathlib
import sys

import numpy as np
from PIL import Image, ImageOps

out = pathlib.Path(sys.argv[1])
for number, line in enumerate(sys.stdin):
    file = line.rstrip("\n")
    try:
        image = Image.open(file)
        lossless = image.format not in ("JPEG", "MPO") and image.info.get("compression") != "jpeg"
        image = ImageOps.exif_transpose(image)
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            rgba = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", rgba.size, (0, 0, 0, 255)), rgba)
        pixels = np.asarray(image.convert("RGB"))
        (out / f"{number}.rgb").write_bytes(pixels.tobytes())
        print(json.dumps(dict(file=file, width=image.width, height=image.height, lossless=lossless)))
    except Exception as error:
        print(json.dumps(dict(file=file, error=str(error))))
