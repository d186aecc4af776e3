"""Writes images.json: small image files of many kinds, each with the RGB pixels that Pillow gives for it.

Run: python images.py (with pillow==12.0.0, numpy==2.3.4). What it writes is what test/images/decode.test.ts compares with.
Pictures and files are made here; none is taken from elsewhere.
"""

import base64
import io
import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

H, W = 11, 14
y, x = np.mgrid[0:H, 0:W]
GREY = ((x * 18 + y * 5) % 256).astype(np.uint8)
RGB = np.stack([GREY, (255 - x * 15) % 256, (y * 23) % 256], -1).astype(np.uint8)
ALPHA = ((x + y) * 11 % 256).astype(np.uint8)
cases = []


def add(name, data, tolerance=0, pixels=None):
    if pixels is None:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        image.load()
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            image = image.convert("RGBA")
            black = Image.new("RGBA", image.size, (0, 0, 0, 255))
            image = Image.alpha_composite(black, image)
        pixels = np.asarray(image.convert("RGB"))
    height, width, _ = pixels.shape
    encode = lambda b: base64.b64encode(bytes(b)).decode()
    cases.append(
        dict(name=name, width=width, height=height, tolerance=tolerance, file=encode(data), rgb=encode(pixels.tobytes()))
    )


def save(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(depth, colour, rows):
    """A PNG of a kind that Pillow does not write. rows: packed bytes of each row."""
    header = struct.pack(">IIBBBBB", W, H, depth, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


rgb, grey = Image.fromarray(RGB), Image.fromarray(GREY)
rgba = Image.fromarray(np.dstack([RGB, ALPHA]))
palette = rgb.quantize(13)


def oriented(turn):
    tags = Image.Exif()
    tags[0x0112] = turn
    return tags


# JPEG decoders may differ by a step or two: the inverse DCT and the chroma filter are not prescribed to the bit.
add("jpeg rgb 4:4:4", save(rgb, "JPEG", quality=92, subsampling=0), 2)
add("jpeg rgb 4:2:0", save(rgb, "JPEG", quality=92, subsampling=2), 2)
add("jpeg grey", save(grey, "JPEG", quality=92), 2)
add("jpeg progressive", save(rgb, "JPEG", quality=92, subsampling=0, progressive=True), 2)
add("jpeg cmyk", save(rgb.convert("CMYK"), "JPEG", quality=95), 2)
for turn in range(1, 9):
    add(f"jpeg exif orientation {turn}", save(rgb, "JPEG", quality=92, subsampling=0, exif=oriented(turn)), 2)

add("png rgb", save(rgb, "PNG"))
add("png grey", save(grey, "PNG"))
add("png palette", save(palette, "PNG"))
add("png 1 bit", save(grey.convert("1"), "PNG"))
add("png palette with transparent index", save(palette, "PNG", transparency=3))
# Flattening rounds differently in the two libraries.
add("png rgba", save(rgba, "PNG"), 1)
add("png grey with alpha", save(Image.merge("LA", [grey, Image.fromarray(ALPHA)]), "PNG"), 1)
add("png exif orientation 6", save(rgb, "PNG", exif=oriented(6)))
add("png 2 bit grey", png(2, 0, [np.packbits(np.unpackbits((r >> 6).astype(np.uint8)[:, None], axis=1)[:, 6:].ravel()) for r in GREY]))
add("png 16 bit rgb", png(16, 2, [(r.astype(">u2") * 256 + 99).astype(">u2").tobytes() for r in RGB]))

# Grey of 16 bits: Pillow's own convert('RGB') cuts at 255, so the reference is Falx's stated rule, worked out here.
for bits in (10, 12, 16):
    deep = (x * 4001 + y * 977 + 7) % 2**bits
    deep[0, 0] = 2**bits - 1
    scaled = np.rint(deep * 255 / (2**bits - 1)).astype(np.uint8)
    image = Image.fromarray(deep.astype(np.uint16))
    add(f"png 16 bit grey holding {bits}", save(image, "PNG"), 0, np.dstack([scaled] * 3))
    add(f"tiff 16 bit grey holding {bits}", save(image, "TIFF"), 0, np.dstack([scaled] * 3))
floats = ((x * 0.13 + y * 0.7) - 2).astype(np.float32)
scaled = np.rint((floats - floats.min()) * 255 / (floats.max() - floats.min())).astype(np.uint8)
add("tiff 32 bit float grey", save(Image.fromarray(floats), "TIFF"), 1, np.dstack([scaled] * 3))

add("tiff rgb", save(rgb, "TIFF"))
add("tiff rgb lzw", save(rgb, "TIFF", compression="tiff_lzw"))
add("tiff rgb deflate", save(rgb, "TIFF", compression="tiff_adobe_deflate"))
add("tiff grey packbits", save(grey, "TIFF", compression="packbits"))
add("tiff palette", save(palette, "TIFF"))
add("tiff 1 bit group 4", save(grey.convert("1"), "TIFF", compression="group4"))
add("tiff rgba", save(rgba, "TIFF"), 1)
add("tiff cmyk", save(rgb.convert("CMYK"), "TIFF"), 1)
add("tiff of two pages", save(rgb, "TIFF", save_all=True, append_images=[ImageOps.invert(rgb)]))

add("bmp rgb", save(rgb, "BMP"))
add("bmp grey", save(grey, "BMP"))
add("bmp palette", save(palette, "BMP"))
add("bmp 1 bit", save(grey.convert("1"), "BMP"))
add("bmp rgba", save(rgba, "BMP"), 1)
add("webp lossless", save(rgb, "WEBP", lossless=True))
add("webp lossless rgba", save(rgba, "WEBP", lossless=True, exact=True), 1)
add("webp lossy", save(rgb, "WEBP", quality=90), 2)
add("gif", save(palette, "GIF"))
add("gif of two frames", save(palette, "GIF", save_all=True, append_images=[ImageOps.invert(rgb).quantize(13)]))

# Shrinking and enlarging: Pillow's antialiased triangle filter.
big = Image.fromarray(
    (127 + 90 * np.sin(np.mgrid[0:75, 0:60][1] / 5.0) * np.cos(np.mgrid[0:75, 0:60][0] / 7.0)).astype(np.uint8)
).convert("RGB")
source = save(big, "PNG")
squares = []
for side in (32, 48, 96):
    pixels = np.asarray(big.resize((side, side), Image.BILINEAR))
    squares.append(dict(imageSize=side, canvas="stretch", rgb=base64.b64encode(pixels[..., 0].tobytes()).decode()))
    inner = round(side * 60 / 75)
    padded = np.zeros((side, side), np.uint8)
    left = (side - inner) // 2
    padded[:, left : left + inner] = np.asarray(big.resize((inner, side), Image.BILINEAR))[..., 0]
    squares.append(dict(imageSize=side, canvas="pad", rgb=base64.b64encode(padded.tobytes()).decode()))

golden = dict(cases=cases, squares=dict(file=base64.b64encode(source).decode(), sizes=squares))
text = json.dumps(golden, indent=1)
pathlib.Path(__file__).with_name("images.json").write_text(text + "\n")
print(len(cases), "cases,", len(text), "bytes")
