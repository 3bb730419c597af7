"""What the usual Python packages take for the fits of `benches/regime.rs`, on the same series, in CPU time.

    pip install arch hmmlearn      # run with arch 8.0.0, hmmlearn 0.3.3
    python benches/peers/regime.py

Prints the least and the median of several repetitions, and what each fit arrived at, so that it is seen to be the same
work: SplitMix64, sums of twelve uniforms, the same stretches and the same recursion as there.
"""

import statistics
import time

import numpy as np
from arch import arch_model
from hmmlearn.hmm import GaussianHMM

MASK = (1 << 64) - 1


class Chance:
    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) >> 11) / (1 << 53)

    def normal(self):
        return sum(self.uniform() for _ in range(12)) - 6.0

    def student(self):
        z = self.normal()
        return z / (sum(self.normal() ** 2 for _ in range(6)) / 4.0) ** 0.5


def switching(points=10_000):
    chance, laws, state, left, out = Chance(20_240_101), [(0.06, 0.8), (0.0, 1.0), (-0.1, 1.3)], 0, 80, []
    for _ in range(points):
        if left == 0:
            state = (state + (1 if chance.uniform() < 0.5 else 2)) % 3
            left = 60 + int(chance.uniform() * 60.0)
        left -= 1
        mean, deviation = laws[state]
        out.append(mean + deviation * chance.normal())
    return np.array(out)


def clustered(points=2_500):
    chance, variance, out = Chance(20_240_102), 1.0, []
    for _ in range(points):
        error = variance**0.5 * chance.student()
        variance = 0.02 + 0.08 * error * error + 0.9 * variance
        out.append(0.05 + error)
    return np.array(out)


def measured(name, repetitions, work):
    times = []
    for _ in range(repetitions):
        started = time.process_time()
        told = work()
        times.append(1e3 * (time.process_time() - started))
    print(f"{name:<44} least {min(times):8.2f} ms  median {statistics.median(times):8.2f} ms  {told}")


def hidden(series):
    column = series.reshape(-1, 1)

    def work():
        model = GaussianHMM(3, covariance_type="diag", n_iter=100, tol=-np.inf, init_params="", params="stmc",
                            covars_prior=0.0, covars_weight=0.0, min_covar=1e-12, implementation="scaling")
        model.startprob_ = np.full(3, 1 / 3)
        model.transmat_ = np.full((3, 3), 0.025) + np.eye(3) * 0.925
        model.means_ = np.zeros((3, 1))
        model.covars_ = 1.5 * np.array([[0.25], [1.0], [4.0]])
        model.fit(column)
        return f"log-likelihood {model.score(column):.3f} after {model.monitor_.iter} steps"

    return work


def variance(series, vol, dist, o):
    def work():
        fit = arch_model(series, mean="Constant", vol=vol, p=1, o=o, q=1, dist=dist, rescale=False).fit(disp="off")
        return f"log-likelihood {fit.loglikelihood:.6f}"

    return work


def main():
    states, returns = switching(), clustered()
    measured("hmm, 3 states, 10 000 points, 100 steps", 7, hidden(states))
    for name, vol, dist, o in [
        ("garch, normal, 2 500 points", "GARCH", "normal", 0),
        ("garch, t, 2 500 points", "GARCH", "t", 0),
        ("gjr, t, 2 500 points", "GARCH", "t", 1),
        ("egarch, t, 2 500 points", "EGARCH", "t", 1),
        ("garch, skewed t, 2 500 points", "GARCH", "skewt", 0),
    ]:
        measured(name, 15, variance(returns, vol, dist, o))


if __name__ == "__main__":
    main()
