"""What pydicom sees in files before and after: their pixels, their marks, their dates, what is left of identities. JSON on standard output."""

import csv
import json
import sys
import warnings
from pathlib import Path

import numpy
import pydicom
import pydicom.config

warnings.simplefilter("ignore")
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
source, mapping, target = (Path(name) for name in sys.argv[1:4])


def pixels(image):
    if "PixelData" not in image:
        key = "FloatPixelData" if "FloatPixelData" in image else "DoubleFloatPixelData"
        return image[key].value
    if image.file_meta.get("TransferSyntaxUID", "").is_compressed if "TransferSyntaxUID" in image.file_meta else False:
        if image.file_meta.TransferSyntaxUID != "1.2.840.10008.1.2.1.99":
            return [one.ljust(len(one) + len(one) % 2, b"\0") for one in pydicom.encaps.generate_fragments(image.PixelData)]
    return image.PixelData


def same(before, after):
    # Big-endian pixels are byte-swapped: their values are compared.
    if before.original_encoding[1] is False:
        return numpy.array_equal(before.pixel_array, after.pixel_array)
    return pixels(before) == pixels(after)


found = []
with open(mapping, newline="", encoding="utf-8") as text:
    for row in csv.DictReader(text):
        if not row["file"]:
            continue
        try:
            before = pydicom.dcmread(source / row["source"].lstrip("'"), force=True)
        except OSError:  # pydicom can't read the source, so only the result is checked
            before = None
        after = pydicom.dcmread(target / row["file"])
        private, dates = [], []
        for element in after.iterall():
            if element.tag.is_private:
                private.append(str(element.tag))
            if element.VR in ("DA", "DT") and element.value:
                dates.append(str(element.value))
        found.append({
            "source": row["source"],
            "file": row["file"],
            "pixels": bool(same(before, after)) if before else None,
            "private": private,
            "dates": sorted(set(dates)),
            "removed": after.get("PatientIdentityRemoved"),
            "method": str(after.get("DeidentificationMethod")),
            "codes": [item.CodeValue for item in after.get("DeidentificationMethodCodeSequence", [])],
            "patient": str(after.get("PatientID", "")),
            "instance": after.SOPInstanceUID,
            "meta": after.file_meta.MediaStorageSOPInstanceUID,
            "study": str(after.get("StudyInstanceUID", "")),
            "syntax": str(after.file_meta.TransferSyntaxUID),
        })
print(json.dumps(found))
