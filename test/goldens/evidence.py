"""Writes evidence.json: what scikit-learn, SciPy, statsmodels, dcurves and pmvalsampsize make of made answers.

    pip install numpy scipy scikit-learn statsmodels dcurves pmvalsampsize && python test/goldens/evidence.py

For test/statistics/evidence.test.ts. DeLong's covariance, also by group (Obuchowski's), is written out from the definition
over all pairs, since none of these packages has it
"""

import contextlib
import io
import json
import pathlib
import warnings

import numpy as np
import pandas as pd
import statsmodels.api as sm
from dcurves import dca
from pmvalsampsize.pmvalsampsize import pmvalsampsize
from scipy import optimize, special, stats
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

warnings.filterwarnings("ignore")
EPSILON = 1e-7
rng = np.random.default_rng(20261129)


def kernel(x, y):
    return (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])


def clustered_delong(labels, models, groups):
    """Obuchowski 1997, from the pairs themselves."""
    pos, neg = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    m, n = len(pos), len(neg)
    names = np.unique(groups)
    i10 = len(np.unique(groups[pos]))
    i01 = len(np.unique(groups[neg]))
    aucs, ones, zeros = [], [], []
    for p in models:
        psi = kernel(p[pos], p[neg])
        auc = psi.mean()
        v10, v01 = psi.mean(1), psi.mean(0)
        aucs.append(auc)
        ones.append(np.array([(v10[groups[pos] == g] - auc).sum() for g in names]))
        zeros.append(np.array([(v01[groups[neg] == g] - auc).sum() for g in names]))
    k = len(models)
    cov = np.zeros((k, k))
    for r in range(k):
        for s in range(k):
            s10 = i10 / ((i10 - 1) * m) * (ones[r] * ones[s]).sum()
            s01 = i01 / ((i01 - 1) * n) * (zeros[r] * zeros[s]).sum()
            i = len(names)
            s11 = i / (i - 1) * ((ones[r] * zeros[s]).sum() + (ones[s] * zeros[r]).sum())
            cov[r, s] = s10 / m + s01 / n + s11 / (m * n)
    return aucs, cov


def calibration(labels, p):
    clipped = np.clip(p, EPSILON, 1 - EPSILON)
    logit = np.log(clipped) - np.log1p(-clipped)
    fit = sm.GLM(labels, sm.add_constant(logit), family=sm.families.Binomial()).fit(tol=1e-14, maxiter=200)
    separated = logit[labels == 0].max() <= logit[labels == 1].min() or logit[labels == 1].max() <= logit[labels == 0].min()
    large = optimize.brentq(lambda a: (labels - special.expit(a + logit)).sum(), -200, 200, xtol=1e-14, rtol=1e-14)
    # A slope without an end is none.
    return None if separated else float(fit.params[1]), float(large)


def ece(labels, p, bins=10):
    at = np.clip(np.floor(p * bins).astype(int), 0, bins - 1)
    total = 0.0
    for b in range(bins):
        inside = at == b
        if inside.any():
            total += inside.mean() * abs(labels[inside].mean() - p[inside].mean())
    return total


def measures(labels, p, threshold):
    called = (p >= threshold).astype(int)
    brier = metrics.brier_score_loss(labels, p)
    slope, intercept = calibration(labels, p)
    return {
        "accuracy": metrics.accuracy_score(labels, called),
        "balancedAccuracy": metrics.balanced_accuracy_score(labels, called),
        "sensitivity": metrics.recall_score(labels, called),
        "specificity": metrics.recall_score(labels, called, pos_label=0),
        "ppv": metrics.precision_score(labels, called),
        "npv": metrics.precision_score(labels, called, pos_label=0),
        "f1": metrics.f1_score(labels, called),
        "auc": metrics.roc_auc_score(labels, p),
        "prAuc": metrics.average_precision_score(labels, p),
        "mcc": metrics.matthews_corrcoef(labels, called),
        "brier": brier,
        "brierScaled": 1 - brier / (labels.mean() * (1 - labels.mean())),
        "logLoss": metrics.log_loss(labels, np.clip(p, EPSILON, 1 - EPSILON)),
        "calibrationSlope": slope,
        "calibrationIntercept": intercept,
        "ece": ece(labels, p),
    }


def fixture(index):
    n = int(rng.integers(24, 70))
    groups = np.sort(rng.integers(0, n // 2, n))
    labels = rng.permutation(np.arange(n) % 3 == 0).astype(int) if index % 2 else (groups % 2).astype(int)
    models = []
    for _ in range(2):
        logits = rng.normal((2 * labels - 1) * rng.uniform(0.3, 1.2), rng.uniform(0.6, 2.0))
        models.append(np.round(special.expit(logits), int(rng.integers(1, 4))))
    models = [np.clip(p, 0.001, 0.999) for p in models] if index % 3 else models
    threshold = float(np.round(rng.uniform(0.3, 0.7), 2))
    single, single_cov = clustered_delong(labels, models, np.arange(n))
    aucs, cov = clustered_delong(labels, models, groups)
    right = [((p >= threshold) == labels) for p in models]
    table = [[int((right[0] & right[1]).sum()), int((right[0] & ~right[1]).sum())],
             [int((~right[0] & right[1]).sum()), int((~right[0] & ~right[1]).sum())]]
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(models[0], labels)
    grid = np.linspace(0, 1, 21)
    frame = pd.DataFrame({"y": labels, "model": models[0]})
    curve = dca(frame, "y", ["model"], thresholds=[0.1, 0.25, 0.5, 0.8])
    at = lambda name: curve[curve.model == name].sort_values("threshold").net_benefit.tolist()
    return {
        "groups": groups.tolist(),
        "labels": labels.tolist(),
        "models": [p.tolist() for p in models],
        "threshold": threshold,
        "measures": [measures(labels, p, threshold) for p in models],
        "aucs": aucs,
        "covariance": cov.tolist(),
        "independent": single_cov.tolist(),
        "mcnemar": {"onlyA": table[0][1], "onlyB": table[1][0], "p": float(mcnemar(table, exact=True).pvalue)},
        "isotonic": isotonic.predict(grid).tolist(),
        "netBenefit": at("model"),
        "treatAll": at("all"),
    }


def validation(prevalence, auc):
    """Criteria 1 to 3; its fourth falls over in this version of the package. That of the slope is simulated there."""
    variance = 2 * stats.norm.ppf(auc) ** 2
    x = np.linspace(-9, 9, 4001)
    w = stats.norm.pdf(x)
    w /= w.sum()
    # The mean of the logits in negatives, so that the expected share is the prevalence.
    low, high = -100.0, 100.0
    for _ in range(100):
        mean = (low + high) / 2
        p0 = (w * special.expit(mean + np.sqrt(variance) * x)).sum()
        p1 = (w * special.expit(mean + variance + np.sqrt(variance) * x)).sum()
        low, high = (mean, high) if (1 - prevalence) * p0 + prevalence * p1 < prevalence else (low, mean)
    with contextlib.redirect_stdout(io.StringIO()):
        out = pmvalsampsize(type="b", prevalence=prevalence, cstatistic=auc, lpcstat=low, noprint=True, simobs=4_000_000, tolerance=0.01)
    return {key: int(row[1]) for key, row in zip(["observedOverExpected", "slope", "auc"], out["results_table"])}


def distributions():
    for z in [0, 0.1, 0.7, 1.5, 1.9, 1.99, 2, 2.01, 3.3, 5, 8, 20]:
        yield {"of": "normalTail", "args": [z], "value": float(stats.norm.sf(z))}
        yield {"of": "normalTail", "args": [-z], "value": float(stats.norm.sf(-z))}
    for q in [1e-12, 1e-5, 0.01, 0.025, 0.2, 0.5, 0.7, 0.975, 0.999]:
        yield {"of": "normalQuantile", "args": [q], "value": float(stats.norm.ppf(q))}
    for t, df in [(0.3, 1), (2.2, 4), (2.262, 9), (-1.1, 30), (6.5, 2), (1.96, 1000)]:
        yield {"of": "studentTwoSided", "args": [t, df], "value": float(2 * stats.t.sf(abs(t), df))}
    for tail, df in [(0.025, 1), (0.025, 4), (0.025, 29), (0.005, 9)]:
        yield {"of": "studentUpper", "args": [tail, df], "value": float(stats.t.isf(tail, df))}
    for k, n, p in [(0, 5, 0.5), (2, 9, 0.5), (40, 100, 0.5), (480, 1000, 0.5), (3, 20, 0.1), (49_500, 100_000, 0.5)]:
        yield {"of": "binomialBelow", "args": [k, n, p], "value": float(stats.binom.cdf(k, n, p))}
    for x in [0.1, 0.5, 1, 2.5, 15, 100.25, 1e6]:
        yield {"of": "logGamma", "args": [x], "value": float(special.gammaln(x))}


def holms():
    for count in (1, 3, 5):
        ps = np.round(rng.uniform(0, 0.2, count), 3)
        yield {"ps": ps.tolist(), "adjusted": multipletests(ps, method="holm")[1].tolist()}


def resampled():
    """Nadeau and Bengio's, from the definition, by SciPy's distribution."""
    for n, share in [(5, 0.25), (10, 1 / 9), (3, 0.5)]:
        d = np.round(rng.normal(0.02, 0.03, n), 4)
        se = np.sqrt((1 / n + share) * d.var(ddof=1))
        half = stats.t.ppf(0.975, n - 1) * se
        yield {
            "differences": d.tolist(),
            "share": share,
            "t": float(d.mean() / se),
            "p": float(2 * stats.t.sf(abs(d.mean() / se), n - 1)),
            "low": float(d.mean() - half),
            "high": float(d.mean() + half),
        }


def pairwise_sizes():
    for delta, psi, power in [(0.02, 0.08, 0.8), (0.05, 0.2, 0.9), (0.1, 0.15, 0.8)]:
        root = stats.norm.ppf(0.975) * np.sqrt(psi) + stats.norm.ppf(power) * np.sqrt(psi - delta**2)
        yield {"difference": delta, "discordant": psi, "power": power, "scans": int(np.ceil((root / delta) ** 2))}


sizes = [
    {"prevalence": prevalence, "auc": auc, "scans": validation(prevalence, auc)}
    for prevalence, auc in [(0.5, 0.9), (0.2, 0.8), (0.05, 0.75)]
]

record = {
    "fixtures": [fixture(index) for index in range(200)],
    "distributions": list(distributions()),
    "holm": list(holms()),
    "resampled": list(resampled()),
    "pairs": list(pairwise_sizes()),
    "sizes": sizes,
}
path = pathlib.Path(__file__).with_name("evidence.json")
path.write_text(json.dumps(record, separators=(",", ":")) + "\n")
print(path, path.stat().st_size, sizes)
