"""Holds the research profile against backtesting.py and vectorbt. Called by .ci/agreement.

    agreement.py PROGRAM FOLDER BARS.csv...

The rule: averages of 10 and 50 closes; crossing upward buys, crossing downward sells, at the next open; one unit; a fee of
0.05 % a fill; what is open at the end is marked at the last close. All are given the same signals, computed here in whole
numbers, because averages in floating point see crossings where two averages are equal. Of the program only the bars are
shared: it finds its signals by itself.

What is counted alike, and how:
- fills: a reversal is one fill of two units for vectorbt and for the program. backtesting.py closes and opens, two fills
  at one bar; there bars with a fill are counted.
- closed trades: all three count a round trip once. backtesting.py is told not to close at the end what is open
  (finalize_trades), which would cost a fee that the others do not pay.
- final equity to 1e-6: the others compute in floating point.
"""

import csv
import json
import subprocess
import sys
import warnings
from decimal import Decimal
from pathlib import Path

FAST, SLOW, FEE, CASH = 10, 50, 0.0005, 100_000
TOLERANCE = 1e-6


def read_bars(path):
    """Columns of a file of bars, prices as they are written."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def crossings(closes):
    """Upward and downward crossings by bar, decided in whole numbers of the finest decimal there is."""
    exact = [Decimal(close) for close in closes]
    places = max(-close.as_tuple().exponent for close in exact)
    whole = [int(close.scaleb(places)) for close in exact]
    up, down, before = [False] * len(whole), [False] * len(whole), None
    fast = slow = 0
    for i, close in enumerate(whole):
        fast += close - (whole[i - FAST] if i >= FAST else 0)
        slow += close - (whole[i - SLOW] if i >= SLOW else 0)
        if i + 1 < SLOW:
            continue
        apart = fast * SLOW - slow * FAST
        if before is not None:
            up[i], down[i] = before <= 0 < apart, before >= 0 > apart
        before = apart
    return up, down


def ours(program, folder, path, mode):
    """Final equity, fills, closed trades of the program."""
    command = [program, "backtest", "--profile", "research", "--fill", "next-open", "--strategy", "sma-cross"]
    command += ["--param", f"fast={FAST}", "--param", f"slow={SLOW}", "--param", f"mode={mode}"]
    command += ["--fee", str(FEE), "--size", "1", "--cash", str(CASH), "--data", path]
    command += ["--out", str(Path(folder) / "run"), "--force", "--bare", "--json"]
    summary = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["summary"]
    return float(summary["final_equity"]), summary["fills"], summary["closed_trades"]


def by_backtesting(bars, up, down, mode):
    """The same of backtesting.py."""
    import pandas
    from backtesting import Backtest, Strategy

    class Crossing(Strategy):
        def init(self):
            pass

        def next(self):
            i = len(self.data) - 1
            if up[i] and not self.position.is_long:
                self.buy(size=1)
            elif down[i] and mode == "long-short" and not self.position.is_short:
                self.sell(size=1)
            elif down[i] and mode == "long-flat":
                self.position.close()

    names = ("open", "high", "low", "close", "volume")
    table = pandas.DataFrame({name.capitalize(): [float(value) for value in bars[name]] for name in names})
    table.index = pandas.to_datetime(bars["open_time"])
    run = Backtest(table, Crossing, cash=CASH, commission=FEE, exclusive_orders=True, finalize_trades=False)
    stats = run.run()
    closed, still_open = stats["_trades"], stats["_strategy"].trades
    touched = {*closed["EntryBar"], *closed["ExitBar"], *(trade.entry_bar for trade in still_open)}
    return float(stats["_equity_curve"]["Equity"].iloc[-1]), len(touched), len(closed)


def by_vectorbt(bars, up, down, mode):
    """The same of vectorbt."""
    import pandas
    import vectorbt

    opens = pandas.Series([float(value) for value in bars["open"]])
    closes = pandas.Series([float(value) for value in bars["close"]])
    # A signal acts at the open of the next bar.
    rises, falls = (pandas.Series([False] + signals[:-1]) for signals in (up, down))
    run = vectorbt.Portfolio.from_signals(
        closes,
        entries=rises,
        exits=falls,
        price=opens,
        size=1.0,
        size_type="amount",
        fees=FEE,
        init_cash=CASH,
        direction="both" if mode == "long-short" else "longonly",
    )
    return float(run.value().iloc[-1]), int(run.orders.count()), int(run.trades.closed.count())


def main():
    program, folder, *files = sys.argv[1:]
    warnings.filterwarnings("ignore")
    peers, apart = {}, 0
    for name, module, compute in (
        ("backtesting.py", "backtesting", by_backtesting),
        ("vectorbt", "vectorbt", by_vectorbt),
    ):
        try:
            __import__(module)
            peers[name] = compute
        except Exception as error:  # not there, or not made for the libraries that are
            print(f"skipped: {name} ({error})")
    if not peers:
        return 0
    for path in files:
        bars = read_bars(path)
        up, down = crossings(bars["close"])
        for mode in ("long-flat", "long-short"):
            print(f"{Path(path).name}, {len(up)} bars, {mode}", flush=True)
            told = ours(program, folder, path, mode)
            print(f"  {'autotrading':<15} equity {told[0]:.8f}, {told[1]} fills, {told[2]} closed trades")
            for name, compute in peers.items():
                found = compute(bars, up, down, mode)
                same = abs(found[0] - told[0]) <= TOLERANCE and found[1:] == told[1:]
                apart += not same
                print(
                    f"  {name:<15} equity {found[0]:.8f}, {found[1]} fills, {found[2]} closed trades:"
                    f" {'the same' if same else 'NOT THE SAME'}"
                )
    return 1 if apart else 0


if __name__ == "__main__":
    sys.exit(main())
