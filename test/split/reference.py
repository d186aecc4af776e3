"""What SciPy and scikit-learn make of groups: reads cases from a JSON file, writes their answers.

components: SciPy's connected_components of a graph given as [nodes, [[one, other], ...]].
folds: the test folds of scikit-learn's StratifiedGroupKFold and GroupKFold for [[label, group], ...] per image.
"""

import json
import sys
import warnings

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

# A class with fewer groups than folds is said aloud; here it is looked at.
warnings.filterwarnings("ignore", category=UserWarning)


def components(case):
    nodes, edges = case
    one, other = np.array(edges, dtype=int).reshape(-1, 2).T
    graph = coo_matrix((np.ones(len(one)), (one, other)), shape=(nodes, nodes))
    return connected_components(graph, directed=False)[1].tolist()


def folds(case):
    k, seed, images = case["folds"], case["seed"], np.array(case["images"])
    labels, groups = images[:, 0], images[:, 1]
    made = {}
    for name, split in (
        ("stratified", StratifiedGroupKFold(k, shuffle=True, random_state=seed)),
        ("stratified, unshuffled", StratifiedGroupKFold(k)),
        ("grouped", GroupKFold(k)),
    ):
        fold_of = np.empty(len(images), dtype=int)
        for index, (_, test) in enumerate(split.split(images, labels, groups)):
            fold_of[test] = index
        made[name] = fold_of.tolist()
    return made


with open(sys.argv[1], encoding="utf-8") as file:
    cases = json.load(file)
json.dump(
    {"components": [components(case) for case in cases["components"]], "folds": [folds(case) for case in cases["folds"]]},
    sys.stdout,
)
