"""Random numbers: NumPy's streams bit for bit, whatever the number of threads; and streams of torsor's own."""
import copy
import inspect
import math
import pickle

import numpy as np
import pytest

import torsor
from torsor import random

LONG = 250_001
BITS = ("PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937")


def pair(bits="PCG64", seed=5):
    source = getattr(np.random, bits)
    return random.Generator(source(seed)), np.random.Generator(source(seed))


def assert_same(mine, its):
    assert type(mine) is (torsor.Tensor if type(its) is np.ndarray else type(its))
    assert mine.dtype == its.dtype and mine.shape == its.shape and mine.tobytes() == its.tobytes()


def state(generator):
    return repr(generator.bit_generator.state)


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_long_fills_are_numpys_stream(bits, threads):
    mine, its = pair(bits)
    calls = [
        lambda g: g.integers(0, 10, dtype=np.int32),        # leaves half of 64 bits behind
        lambda g: g.random(LONG), lambda g: g.random((500, 401)), lambda g: g.random(size=LONG, dtype=np.float64),
        lambda g: g.uniform(size=LONG), lambda g: g.uniform(-3, 7.5, (3, 100_000)), lambda g: g.uniform(2.0, 2.0, LONG),
        lambda g: g.integers(-2**63, 2**63, LONG), lambda g: g.integers(-2**63, 2**63 - 1, LONG, endpoint=True),
        lambda g: g.integers(0, 2**64, LONG, dtype=np.uint64),
        lambda g: g.integers(0, 2**64 - 1, (LONG,), np.uint64, True), lambda g: g.integers(0, 1000, LONG),
        lambda g: g.integers(0, 2**64 - 1, LONG, dtype=np.uint64), lambda g: g.random(LONG, dtype=np.float32),
        lambda g: g.integers(0, 100, 7, dtype=np.int32), lambda g: g.normal(size=LONG), lambda g: g.random(5),
    ]
    with torsor.threads(threads):
        for call in calls:
            assert_same(call(mine), call(its))
            assert state(mine) == state(its)


@pytest.mark.parametrize("call", [
    lambda g: g.random(-1), lambda g: g.random((LONG, -1)), lambda g: g.random(2.5), lambda g: g.random("many"),
    lambda g: g.random(LONG, dtype=np.int64), lambda g: g.uniform(0, np.inf, LONG), lambda g: g.uniform(3, 1, LONG),
    lambda g: g.uniform(np.nan, 1, LONG), lambda g: g.uniform(-1e308, 1.7e308, LONG),
    lambda g: g.uniform(0, 10**400, LONG),
    lambda g: g.integers(2**64, size=LONG), lambda g: g.integers(5, 2, LONG), lambda g: g.integers(0, 2**64, LONG),
    lambda g: g.random((2**40, 2**40)), lambda g: g.random(), lambda g: g.uniform([1, 2], 3), lambda g: g.random(()),
    lambda g: g.random(0), lambda g: g.random((0, LONG)), lambda g: g.random([10, 20]), lambda g: g.random(np.int64(7)),
])
def test_borders_are_numpys(call):
    outcomes = []
    for generator in pair():
        try:
            value = call(generator)
            outcomes.append((np.shape(value), np.asarray(value).tobytes(), state(generator)))
        except Exception as error:
            outcomes.append((type(error), str(error), state(generator)))
    assert outcomes[0] == outcomes[1]


def test_threads_draw_from_one_generator_at_a_time():
    """Numbers of two callers are those of one stream, in some order, none twice."""
    import threading

    generator, its = pair()
    drawn = [None, None]

    def draw(k):
        drawn[k] = generator.random(LONG)

    callers = [threading.Thread(target=draw, args=(k,)) for k in range(2)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    expected = its.random(2 * LONG)
    assert np.array_equal(np.concatenate(drawn), expected) or np.array_equal(np.concatenate(drawn[::-1]), expected)


# -------------------------------------------------------------------------------- ParallelGenerator

DRAWS = {
    "random": {}, "standard_normal": {}, "standard_exponential": {}, "standard_gamma": {"shape": 2.5},
    "beta": {"a": 2, "b": 3}, "binomial": {"n": 10, "p": 0.3}, "chisquare": {"df": 3}, "exponential": {"scale": 2},
    "f": {"dfnum": 3, "dfden": 9}, "gamma": {"shape": 2, "scale": 3}, "geometric": {"p": 0.4}, "gumbel": {},
    "hypergeometric": {"ngood": 9, "nbad": 5, "nsample": 7}, "integers": {"low": 0, "high": 1000}, "laplace": {},
    "logistic": {}, "lognormal": {}, "logseries": {"p": 0.6}, "negative_binomial": {"n": 4, "p": 0.5},
    "noncentral_chisquare": {"df": 3, "nonc": 2}, "noncentral_f": {"dfnum": 3, "dfden": 9, "nonc": 1}, "normal": {},
    "pareto": {"a": 3}, "poisson": {"lam": 4}, "power": {"a": 3}, "rayleigh": {}, "standard_cauchy": {},
    "standard_t": {"df": 4}, "triangular": {"left": 0, "mode": 1, "right": 3}, "uniform": {"low": -1, "high": 4},
    "vonmises": {"mu": 0, "kappa": 2}, "wald": {"mean": 1, "scale": 2}, "weibull": {"a": 2}, "zipf": {"a": 3},
    "dirichlet": {"alpha": [1, 2, 3]}, "multinomial": {"n": 9, "pvals": [0.2, 0.3, 0.5]},
    "multivariate_normal": {"mean": [0, 1], "cov": [[1, 0.2], [0.2, 2]]},
    "multivariate_hypergeometric": {"colors": [4, 5, 6], "nsample": 5},
}
WHOLE = {"bytes": (10,), "choice": (1000,), "permutation": (100,), "permuted": (list(range(50)),)}


def test_every_distribution_is_here():
    public = {name for name in dir(np.random.Generator) if not name.startswith("_")}
    assert public == {*DRAWS, *WHOLE, "shuffle", "spawn", "bit_generator"}


@pytest.mark.parametrize("name", DRAWS)
def test_numbers_do_not_depend_on_threads(name):
    drawn = []
    for threads in (1, 2, 3, 8):
        with torsor.threads(threads):
            generator = random.ParallelGenerator(3)
            drawn.append([getattr(generator, name)(**DRAWS[name], size=size) for size in (100_003, (3, 40_000), 7)])
    for others in drawn[1:]:
        for one, other in zip(drawn[0], others):
            assert_same(other, np.asarray(one))


@pytest.mark.parametrize("name", DRAWS)
def test_shapes_and_types_are_numpys(name):
    its, mine = np.random.default_rng(0), random.ParallelGenerator(0)
    for size in (None, 5, (2, 3), (0,), 40_000, (2, 40_000)):
        x, y = getattr(mine, name)(**DRAWS[name], size=size), getattr(its, name)(**DRAWS[name], size=size)
        assert np.shape(x) == np.shape(y) and np.asarray(x).dtype == np.asarray(y).dtype
        assert type(x) is (torsor.Tensor if type(y) is np.ndarray else type(y))


def test_a_block_continues_none_before_it():
    x = random.ParallelGenerator(1).random(200_000)
    assert len(np.unique(x)) == x.size
    assert abs(np.corrcoef(x[:100_000], x[100_000:])[0, 1]) < 0.02


@pytest.mark.parametrize("name, distribution", [
    ("random", lambda x: x), ("normal", lambda x: (1 + torsor.erf(x / math.sqrt(2))) / 2),
    ("standard_exponential", lambda x: 1 - np.exp(-x)), ("gumbel", lambda x: np.exp(-np.exp(-x))),
    ("laplace", lambda x: np.where(x < 0, np.exp(-abs(x)) / 2, 1 - np.exp(-abs(x)) / 2))])
def test_the_distribution_is_right(name, distribution):
    """By the statistic of Kolmogorov and Smirnov, which exceeds 2.2 / sqrt(n) once in ten thousand times."""
    x = np.sort(getattr(random.ParallelGenerator(2024), name)(size=200_000))
    steps = np.arange(x.size + 1) / x.size
    distance = max(abs(distribution(x) - steps[1:]).max(), abs(distribution(x) - steps[:-1]).max())
    assert distance < 2.2 / math.sqrt(x.size)


def test_parameters_of_each_number():
    mean = np.arange(100_000.0)
    x = random.ParallelGenerator(4).normal(mean, 1e-3)
    assert x.shape == mean.shape and np.abs(x - mean).max() < 0.01
    y = random.ParallelGenerator(4).normal([[0.0], [1e6]], [1e-3] * 50_000, size=(2, 50_000))
    assert np.abs(y - [[0.0], [1e6]]).max() < 0.01
    with pytest.raises(ValueError, match="scale < 0"):
        random.ParallelGenerator(4).normal(mean, -1.0)
    with pytest.raises(ValueError):
        random.ParallelGenerator(4).normal(mean, 1.0, size=7)


def test_out():
    for dtype in (np.float64, np.float32):
        out = np.zeros((3, 50_000), dtype)
        result = random.ParallelGenerator(6).standard_normal(out=out, dtype=dtype)
        assert result is out
        assert_same(random.ParallelGenerator(6).standard_normal((3, 50_000), dtype=dtype), out)
    strided = np.zeros((100_000, 2))[:, 0]
    with pytest.raises(ValueError):
        random.ParallelGenerator(6).random(out=strided)
    with pytest.raises(ValueError):
        random.ParallelGenerator(6).random(5, out=np.zeros(100_000))
    with pytest.raises(TypeError):
        random.ParallelGenerator(6).random(out=np.zeros(100_000, int))
    with pytest.raises(ValueError):
        random.ParallelGenerator(6).random(out=[0.0])


@pytest.mark.parametrize("name", WHOLE)
def test_what_orders_and_chooses_runs_whole(name):
    x = getattr(random.ParallelGenerator(8), name)(*WHOLE[name])
    y = getattr(random.ParallelGenerator(8), name)(*WHOLE[name])
    assert np.array_equal(x, y) and not np.array_equal(x, getattr(random.ParallelGenerator(9), name)(*WHOLE[name]))


def test_shuffle_in_place():
    numbers = list(range(100))
    assert random.ParallelGenerator(8).shuffle(numbers) is None
    assert sorted(numbers) == list(range(100)) != numbers


def test_calls_follow_each_other_and_survive_copies():
    generator = random.ParallelGenerator([1, 2])
    first = generator.normal(size=40_000)
    twins = [pickle.loads(pickle.dumps(generator)), copy.deepcopy(generator)]
    second = generator.normal(size=40_000)
    assert not np.array_equal(first, second)
    for twin in twins:
        assert np.array_equal(twin.normal(size=40_000), second)
    children = generator.spawn(2)
    assert not np.array_equal(children[0].random(3), children[1].random(3))


def test_wrong_arguments():
    generator = random.ParallelGenerator(0)
    with pytest.raises(TypeError):
        generator.normal(sigma=3)
    with pytest.raises(ValueError):
        generator.poisson(-1, size=100_000)
    with pytest.raises(ValueError):
        generator.random(-5)
    with pytest.raises(AttributeError):
        generator.no_such_distribution()
    with pytest.raises((TypeError, ValueError)):
        random.ParallelGenerator("seed")


def test_signatures_and_documentation():
    assert inspect.signature(random.ParallelGenerator.normal) == inspect.signature(np.random.Generator.normal)
    assert "ParallelGenerator" in random.__all__ and "ParallelGenerator" in dir(random)
