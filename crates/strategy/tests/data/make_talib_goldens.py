"""Makes talib_goldens.csv: what TA-Lib says about the 300 bars of btcusd_1h_300.csv.

    pip install TA-Lib numpy      # made with TA-Lib 0.8.2 (C library 0.8.1), numpy 2
    python make_talib_goldens.py

One row per bar, one column per output; an empty cell is a bar on which the indicator is not warm. Columns that start
with `talib_` come from TA-Lib in its default compatibility mode with unstable periods of 0. Columns that start with
`plain_` are indicators that TA-Lib does not have, written here from their definition, window by window, without any
sliding formula.
"""

import csv
import math
from pathlib import Path

import numpy as np
import talib

HERE = Path(__file__).parent
ROWS = list(csv.DictReader((HERE / "btcusd_1h_300.csv").open()))
HIGH, LOW, CLOSE, VOLUME = (np.array([float(r[k]) for r in ROWS]) for k in ("high", "low", "close", "volume"))
DAY = [r["open_time"][:10] for r in ROWS]
N = len(ROWS)
NAN = float("nan")


def windows(n, tell):
    """tell(first, end) for each full window of n bars."""
    return [tell(t - n + 1, t + 1) if t >= n - 1 else NAN for t in range(N)]


def middle(n):
    return windows(n, lambda a, b: (max(HIGH[a:b]) + min(LOW[a:b])) / 2)


def shifted(values, by):
    return [NAN] * by + list(values[: N - by])


def rolling_vwap(n):
    typical = (HIGH + LOW + CLOSE) / 3
    return windows(n, lambda a, b: math.fsum(typical[a:b] * VOLUME[a:b]) / math.fsum(VOLUME[a:b]))


def session_vwap():
    typical = (HIGH + LOW + CLOSE) / 3
    out = []
    for t in range(N):
        a = DAY.index(DAY[t])
        out.append(math.fsum(typical[a : t + 1] * VOLUME[a : t + 1]) / math.fsum(VOLUME[a : t + 1]))
    return out


def z_score(n):
    def tell(a, b):
        mean = math.fsum(CLOSE[a:b]) / n
        return (CLOSE[b - 1] - mean) / math.sqrt(math.fsum((CLOSE[a:b] - mean) ** 2) / n)

    return windows(n, tell)


def hurst(n):
    logs = np.log(CLOSE)
    lags = [2**k for k in range(30) if 2**k * 4 <= n]

    def tell(a, b):
        spreads = [np.log(np.std(logs[a + lag : b] - logs[a : b - lag])) for lag in lags]
        return np.polyfit(np.log(lags), spreads, 1)[0]

    return windows(n, tell)


def supertrend(n, k):
    atr = talib.ATR(HIGH, LOW, CLOSE, n)
    lines, ups = [NAN] * N, [NAN] * N
    lower = upper = up = None
    for t in range(N):
        if math.isnan(atr[t]):
            continue
        mid = (HIGH[t] + LOW[t]) / 2
        basic_lower, basic_upper = mid - k * atr[t], mid + k * atr[t]
        if up is None:
            lower, upper, up = basic_lower, basic_upper, CLOSE[t] >= mid
        else:
            if basic_lower > lower or CLOSE[t - 1] < lower:
                lower = basic_lower
            if basic_upper < upper or CLOSE[t - 1] > upper:
                upper = basic_upper
            if up and CLOSE[t] < lower:
                up = False
            elif not up and CLOSE[t] > upper:
                up = True
        lines[t], ups[t] = (lower if up else upper), float(up)
    return lines, ups


columns = {}
for n in (3, 20):
    columns[f"talib_sma_{n}"] = talib.SMA(CLOSE, n)
    columns[f"talib_ema_{n}"] = talib.EMA(CLOSE, n)
    columns[f"talib_wma_{n}"] = talib.WMA(CLOSE, n)
columns["talib_dema_10"] = talib.DEMA(CLOSE, 10)
columns["talib_tema_10"] = talib.TEMA(CLOSE, 10)
columns["talib_kama_10"] = talib.KAMA(CLOSE, 10)
for n in (2, 14):
    columns[f"talib_rsi_{n}"] = talib.RSI(CLOSE, n)
    columns[f"talib_atr_{n}"] = talib.ATR(HIGH, LOW, CLOSE, n)
columns["talib_trange"] = talib.TRANGE(HIGH, LOW, CLOSE)
upper, mid, lower = talib.BBANDS(CLOSE, 20, 2, 2)
columns["talib_bbands_upper"], columns["talib_bbands_middle"], columns["talib_bbands_lower"] = upper, mid, lower
columns["talib_stddev_20"] = talib.STDDEV(CLOSE, 20)
line, signal, histogram = talib.MACD(CLOSE, 12, 26, 9)
columns["talib_macd_line"], columns["talib_macd_signal"], columns["talib_macd_histogram"] = line, signal, histogram
columns["talib_plus_di_14"] = talib.PLUS_DI(HIGH, LOW, CLOSE, 14)
columns["talib_minus_di_14"] = talib.MINUS_DI(HIGH, LOW, CLOSE, 14)
columns["talib_adx_14"] = talib.ADX(HIGH, LOW, CLOSE, 14)
columns["talib_stoch_k"], columns["talib_stoch_d"] = talib.STOCH(HIGH, LOW, CLOSE, 5, 3, 0, 3, 0)
columns["talib_cci_14"] = talib.CCI(HIGH, LOW, CLOSE, 14)
columns["talib_mfi_14"] = talib.MFI(HIGH, LOW, CLOSE, VOLUME, 14)
columns["talib_obv"] = talib.OBV(CLOSE, VOLUME)
columns["talib_roc_10"] = talib.ROC(CLOSE, 10)
columns["talib_max_20"] = talib.MAX(HIGH, 20)
columns["talib_min_20"] = talib.MIN(LOW, 20)
columns["talib_slope_14"] = talib.LINEARREG_SLOPE(CLOSE, 14)
columns["talib_sar"] = talib.SAR(HIGH, LOW, 0.02, 0.2)
columns["plain_keltner_upper"] = talib.EMA(CLOSE, 20) + 2 * talib.ATR(HIGH, LOW, CLOSE, 10)
columns["plain_keltner_lower"] = talib.EMA(CLOSE, 20) - 2 * talib.ATR(HIGH, LOW, CLOSE, 10)
columns["plain_donchian_middle_20"] = middle(20)
columns["plain_vwap_24"] = rolling_vwap(24)
columns["plain_vwap_session"] = session_vwap()
columns["plain_zscore_20"] = z_score(20)
columns["plain_hurst_100"] = hurst(100)
columns["plain_supertrend"], columns["plain_supertrend_up"] = supertrend(10, 3)
conversion, base, long = middle(9), middle(26), middle(52)
columns["plain_ichimoku_conversion"], columns["plain_ichimoku_base"] = conversion, base
columns["plain_ichimoku_span_a"] = shifted([(a + b) / 2 for a, b in zip(conversion, base)], 26)
columns["plain_ichimoku_span_b"] = shifted(long, 26)

with (HERE / "talib_goldens.csv").open("w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(columns)
    for t in range(N):
        out.writerow("" if math.isnan(c[t]) else f"{float(c[t]):.13g}" for c in columns.values())
