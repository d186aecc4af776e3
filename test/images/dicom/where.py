"""Says where pydicom is. Run: python where.py"""

import pydicom

print(pydicom.__file__)
