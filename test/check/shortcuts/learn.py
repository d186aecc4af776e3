"""What scikit-learn and NumPy make of a shortcut audit's features, over the same folds, groups and weights.

    python learn.py IN.json > OUT.json
"""

import json
import sys

import numpy as np
from sklearn.tree import DecisionTreeClassifier


def forest(case):
    """Probability of class 1 for each row: the mean of scikit-learn's trees, each grown on a balanced draw of groups, and of all repeats."""
    return np.mean([repeat(case, np.array(fold)) for fold in case["folds"]], axis=0).tolist()


def repeat(case, fold):
    x, y = np.array(case["rows"]), np.array(case["labels"])
    group = np.array(case["groups"])
    answers = np.zeros(len(y))
    random = np.random.default_rng(0)
    for k in np.unique(fold):
        of_class = [
            [np.flatnonzero((group == g) & (y == label)) for g in np.unique(group[(fold != k) & (y == label)])]
            for label in (0, 1)
        ]
        each = (len(of_class[0]) + len(of_class[1]) + 1) // 2
        for _ in range(TREES):
            rows = [random.choice(groups[i]) for groups in of_class for i in random.integers(len(groups), size=each)]
            tree = DecisionTreeClassifier(max_features="sqrt", min_samples_leaf=3, random_state=random.integers(2**31))
            tree.fit(x[rows], y[rows])
            answers[fold == k] += tree.predict_proba(x[fold == k])[:, 1] / TREES
    return answers


TREES = 50


def interval(case):
    """The balanced accuracy, the mean of all repeats, and the percentile interval of a bootstrap that draws whole groups, each in a repeat drawn as well."""
    y, weight = np.array(case["labels"]), np.array(case["weights"])
    right = np.array(case["called"]) == y
    _, group = np.unique(case["groups"], return_inverse=True)
    sums = lambda of: np.bincount(group, weights=of * weight)
    tallies = np.array(
        [np.stack([sums(y == 0), sums((y == 0) & its), sums(y == 1), sums((y == 1) & its)], axis=1) for its in right]
    )
    repeats, groups, _ = tallies.shape
    random = np.random.default_rng(0)
    drawn = np.array(
        [
            tallies[random.integers(repeats, size=groups), random.integers(groups, size=groups)].sum(axis=0)
            for _ in range(20000)
        ]
    )
    value = (drawn[:, 1] / drawn[:, 0] + drawn[:, 3] / drawn[:, 2]) / 2
    recall = [[np.average(its[y == label], weights=weight[y == label]) for label in (0, 1)] for its in right]
    return [np.mean(recall), *np.quantile(value, [0.025, 0.975])]


cases = json.load(open(sys.argv[1]))
json.dump([{"forest": forest(case), "interval": interval(case)} for case in cases], sys.stdout)
