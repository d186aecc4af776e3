"""What openpyxl reads in the workbook that src-main/contract/xlsx.ts writes.

    node build/run.mjs test/goldens/xlsx-file.ts > /tmp/answers.xlsx
    python3 test/goldens/xlsx.py /tmp/answers.xlsx > test/goldens/xlsx.json

Made with openpyxl 3.1.5, Python 3.
"""

import hashlib
import json
import sys

import openpyxl

file = sys.argv[1]
book = openpyxl.load_workbook(file)
sheet = book.active
cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
kinds = [[cell.data_type for cell in row] for row in sheet.iter_rows()]
print(
    json.dumps(
        {
            "sha256": hashlib.sha256(open(file, "rb").read()).hexdigest(),
            "sheets": book.sheetnames,
            "frozen": sheet.freeze_panes,
            "filter": sheet.auto_filter.ref,
            "cells": cells,
            "kinds": kinds,
        },
        ensure_ascii=False,
        indent=1,
    )
)
