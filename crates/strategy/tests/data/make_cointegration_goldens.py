"""Makes cointegration_goldens.csv: what statsmodels says about pairs of made-up series.

    pip install statsmodels      # made with statsmodels 0.15.0, numpy 2
    python make_cointegration_goldens.py

The series come from a fixed generator, the same as in the test: `x` walks at random; `y` is another walk (`alone`), or
`0.8 x + 0.3` and noise that keeps half of itself (`together`).
"""

from pathlib import Path

import numpy as np
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant
from statsmodels.tsa.stattools import adfuller

MASK = (1 << 64) - 1


def noise(seed):
    state = seed
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) & MASK
        yield (state >> 11) / float(1 << 52) - 1.0


def series(kind, n, seed):
    draw = noise(seed)
    x, y, kept, walk = [], [], 0.0, 0.0
    level = 0.0
    for _ in range(n):
        level += next(draw)
        step = next(draw)
        kept = 0.5 * kept + step
        walk += step
        x.append(level)
        y.append(0.8 * level + 0.3 + kept if kind == "together" else walk)
    return np.array(y), np.array(x)


with (Path(__file__).parent / "cointegration_goldens.csv").open("w") as out:
    out.write("kind,n,seed,lags,intercept,slope,statistic\n")
    for kind in ("together", "alone"):
        for n, seed in ((60, 1), (250, 2), (1000, 3)):
            y, x = series(kind, n, seed)
            fit = OLS(y, add_constant(x)).fit()
            for lags in (0, 1, 4):
                statistic = adfuller(fit.resid, maxlag=lags, autolag=None, regression="n")[0]
                out.write(f"{kind},{n},{seed},{lags},{fit.params[0]:.15e},{fit.params[1]:.15e},{statistic:.15e}\n")
