"""Holds portfolio problems against PyPortfolioOpt, skfolio and SciPy's HiGHS. Called by .ci/portfolio-peers.

    portfolio-peers.py OURS.jsonl

OURS.jsonl is what `cargo bench --bench portfolio -- --cpu` prints: a row, its CPU time in milliseconds,
and a number that came of it. Here the same returns are made from the same whole numbers, the same problem is solved by the
others, and the same number is compared: to `TOLERANCE` relative, which is what the loosest of their solvers comes to. Theirs is
the least CPU time of three calls; what each call builds (a problem, a data frame) is in it, since a user pays for it, too.
"""

import json
import sys
import time
import warnings

TOLERANCE = 1e-3


def returns(rows, assets):
    """One common factor, in whole numbers: the same as in benches/portfolio.rs."""
    import numpy

    state, mask = 20_240_101, (1 << 64) - 1

    def draw():
        nonlocal state
        state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) & mask
        return (state >> 33) / (1 << 31) - 0.5

    table = numpy.zeros((rows, assets))
    for t in range(rows):
        factor = draw()
        for i in range(assets):
            table[t, i] = 0.04 * draw() + 0.03 * factor * (0.5 + i / assets)
    return table


def least_cpu(call, repeats=3):
    """Least CPU milliseconds of some calls, and what the last gave."""
    best = float("inf")
    for _ in range(repeats):
        started = time.process_time()
        value = call()
        best = min(best, time.process_time() - started)
    return best * 1e3, value


def problems():
    """Row, peer, and a call that gives the number to compare."""
    import numpy
    import pandas

    found = []
    tables = {100: returns(1250, 100), 500: returns(1250, 500)}
    for assets, table in tables.items():
        frame = pandas.DataFrame(table, columns=[f"a{i}" for i in range(assets)])
        covariance = numpy.cov(table, rowvar=False)

        def volatility(weights, covariance=covariance):
            weights = numpy.asarray(weights)
            return float(numpy.sqrt(weights @ covariance @ weights))

        def by_pypfopt(frame=frame, covariance=covariance, volatility=volatility):
            from pypfopt import EfficientFrontier

            named = pandas.DataFrame(covariance, index=frame.columns, columns=frame.columns)
            frontier = EfficientFrontier(None, named)
            frontier.min_volatility()
            return volatility(frontier.weights)

        def parity_by_skfolio(table=table, volatility=volatility):
            from skfolio.optimization import RiskBudgeting

            return volatility(RiskBudgeting().fit(table).weights_)

        def tree_by_pypfopt(frame=frame, covariance=covariance):
            from pypfopt import HRPOpt

            named = pandas.DataFrame(covariance, index=frame.columns, columns=frame.columns)
            return float(HRPOpt(cov_matrix=named).optimize()["a0"])

        def tree_by_skfolio(table=table):
            from skfolio.optimization import HierarchicalRiskParity

            HierarchicalRiskParity().fit(table)
            return None  # its leaves are in another order, so there is nothing to compare

        def fading_by_skfolio(table=table):
            from skfolio.moments import EWCovariance

            return EWCovariance(half_life=11.2).fit(table) and None  # about its own mean

        found += [
            (f"minimum variance {assets}", "PyPortfolioOpt", by_pypfopt),
            (f"risk parity {assets}", "skfolio", parity_by_skfolio),
            (f"hierarchical {assets}", "PyPortfolioOpt", tree_by_pypfopt),
            (f"hierarchical {assets}", "skfolio", tree_by_skfolio),
            (f"fading covariance row {assets}", "skfolio, all rows again", fading_by_skfolio),
        ]

    scenarios = returns(2500, 100)

    def shortfall_by_highs():
        from scipy.optimize import linprog

        rows, assets = scenarios.shape
        # Weights, threshold, one excess a scenario: -r'w - t - u <= 0.
        cost = numpy.concatenate([numpy.zeros(assets), [1.0], numpy.full(rows, 1 / (0.05 * rows))])
        from scipy.sparse import eye, hstack

        left = hstack([-scenarios, -numpy.ones((rows, 1)), -eye(rows)], format="csc")
        total = numpy.concatenate([numpy.ones(assets), numpy.zeros(rows + 1)])[None, :]
        bounds = [(0, None)] * assets + [(None, None)] + [(0, None)] * rows
        return linprog(cost, left, numpy.zeros(rows), total, [1.0], bounds, method="highs").fun

    def shortfall_by_skfolio():
        from skfolio import RiskMeasure
        from skfolio.optimization import MeanRisk

        weights = MeanRisk(risk_measure=RiskMeasure.CVAR).fit(scenarios).weights_
        worst = numpy.sort(scenarios @ weights)[:125]
        return float(-worst.mean())

    found += [
        ("expected shortfall 2500 x 100", "SciPy with HiGHS", shortfall_by_highs),
        ("expected shortfall 2500 x 100", "skfolio", shortfall_by_skfolio),
    ]
    return found


def main():
    (path,) = sys.argv[1:]
    warnings.filterwarnings("ignore")
    with open(path) as file:
        ours = {line["row"]: line for line in map(json.loads, file)}
    try:
        work = problems()
    except ImportError as error:
        print(f"skipped: {error}")
        return 0
    apart, held = 0, set()
    print(f"{'problem':<34}{'ours, ms':>10}   {'peer':<26}{'theirs, ms':>11}{'ratio':>9}  the same?")
    for row, peer, call in work:
        try:
            milliseconds, value = least_cpu(call)
        except Exception as error:  # not there, or not made for the libraries that are
            print(f"skipped: {row} by {peer} ({error})")
            continue
        held.add(row)
        own = ours[row]
        same = "not compared"
        if value is not None:
            close = abs(value / own["value"] - 1) <= TOLERANCE
            apart += not close
            same = "yes" if close else f"NOT THE SAME: {own['value']} {value}"
        ratio = milliseconds / own["milliseconds"]
        print(f"{row:<34}{own['milliseconds']:>10.4f}   {peer:<26}{milliseconds:>11.1f}{ratio:>9.0f}  {same}", flush=True)
    for row, line in ours.items():
        if row not in held:
            print(f"{row:<34}{line['milliseconds']:>10.6f}   -")
    return 1 if apart else 0


if __name__ == "__main__":
    sys.exit(main())
