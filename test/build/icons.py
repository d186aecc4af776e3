"""What Pillow finds in icons: python icons.py OUT ICO ICNS PNG... writes each picture over grey as OUT/<file>-<side>.png."""

import pathlib
import sys

from PIL import Image, IcnsImagePlugin, IcoImagePlugin

out, *files = sys.argv[1:]


def keep(file, picture):
    picture = picture.convert("RGBA")
    grey = Image.new("RGBA", picture.size, (128, 128, 128, 255))
    Image.alpha_composite(grey, picture).convert("RGB").save(f"{out}/{pathlib.Path(file).name}-{picture.size[0]}.png")


for file in files:
    with Image.open(file) as image:
        if isinstance(image, IcoImagePlugin.IcoImageFile):
            for size in image.ico.sizes():
                keep(file, image.ico.getimage(size))
        elif isinstance(image, IcnsImagePlugin.IcnsImageFile):
            for size in image.icns.itersizes():
                keep(file, image.icns.getimage(size))
        else:
            keep(file, image)
