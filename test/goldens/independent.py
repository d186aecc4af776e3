"""Intervals of a difference between two independent shares: Newcombe's hybrid score (statsmodels).

python test/goldens/independent.py > test/goldens/independent.json   (statsmodels 0.14)
"""

import json

from statsmodels.stats.proportion import confint_proportions_2indep

CASES = [(56, 70, 48, 80), (9, 10, 3, 10), (10, 10, 0, 20), (5, 56, 0, 29), (30, 98, 29, 97), (1, 3, 2, 4), (100, 100, 100, 100)]

rows = []
for count1, of1, count2, of2 in CASES:
    low, high = confint_proportions_2indep(count1, of1, count2, of2, method="newcomb", compare="diff")
    rows.append({"here": [count1, of1], "there": [count2, of2], "low": low, "high": high})
print(json.dumps(rows, indent=1))
