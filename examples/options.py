"""Prices of a million European options, and how they move, by fused functions.

The formula of Black and Scholes (F. Black and M. Scholes, The Pricing of Options and Corporate Liabilities, Journal of
Political Economy 81, 1973) is written once, as an ordinary function.  Fused, it reads each input once and writes the
price; its derivative by the price of the stock (the delta) comes from the same function.  What comes out is checked:
calls and puts differ by what they have to, and the delta is the normal distribution of d1.

    python options.py --options 1000000
"""
import argparse
from time import perf_counter

import torsor as np
from torsor.fusion.gradients import value_and_grad

RATE, VOLATILITY = 0.05, 0.2
#: Relative errors that rounding may make.
LARGEST_ERROR = 1e-9


def normal(x):
    """The standard normal distribution up to x."""
    return 0.5 * np.erfc(-x * 0.7071067811865476)


def d1(stock, strike, years):
    """The argument of the distribution that weighs the stock."""
    return (np.log(stock / strike) + (RATE + 0.5 * VOLATILITY**2) * years) / (VOLATILITY * np.sqrt(years))


def call(stock, strike, years):
    """The price of the right to buy at the strike."""
    up = d1(stock, strike, years)
    return stock * normal(up) - strike * np.exp(-RATE * years) * normal(up - VOLATILITY * np.sqrt(years))


def put(stock, strike, years):
    """The price of the right to sell at the strike."""
    up = d1(stock, strike, years)
    return strike * np.exp(-RATE * years) * normal(VOLATILITY * np.sqrt(years) - up) - stock * normal(-up)


def seconds(function, *args):
    """The shortest of three times that a call takes."""
    function(*args)
    times = []
    for _ in range(3):
        start = perf_counter()
        function(*args)
        times.append(perf_counter() - start)
    return min(times)


def check(what, found, expected):
    """Raise unless two arrays agree."""
    error = float(np.max(np.abs(found - expected)) / np.max(np.abs(expected)))
    if not error < LARGEST_ERROR:
        raise SystemExit(f"{what}: wrong by {error:.1e}")
    print(f"{what}: right to {error:.0e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--options", type=int, default=1_000_000, help="how many (default: %(default)s)")
    count = parser.parse_args().options
    rng = np.random.default_rng(0)
    stock, strike, years = rng.uniform(50, 150, count), rng.uniform(50, 150, count), rng.uniform(0.1, 2, count)

    price = np.fuse(call)
    check("calls less puts", price(stock, strike, years) - np.fuse(put)(stock, strike, years),
          stock - strike * np.exp(-RATE * years))
    _, delta = value_and_grad(lambda *args: call(*args).sum())(stock, strike, years)
    check("deltas", delta, normal(d1(stock, strike, years)))
    print(f"{count} prices: fused {1e3 * seconds(price, stock, strike, years):.1f} ms, "
          f"one operation after the other {1e3 * seconds(call, stock, strike, years):.1f} ms")


if __name__ == "__main__":
    main()
