"""Attempts at `score_variance`."""

import math
import statistics

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "score_variance"


def pairs(d_k, num_samples, rng):
    return rng.standard_normal((num_samples, d_k)), rng.standard_normal((num_samples, d_k))


@right(ID)
def in_four_lines(d_k, num_samples, rng, scaled):
    q = rng.standard_normal((num_samples, d_k))
    k = rng.standard_normal((num_samples, d_k))
    scores = (q * k).sum(axis=-1)
    return (scores / np.sqrt(d_k) if scaled else scores).var()


@right(ID)
def einsum_and_scale_of_the_queries(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    if scaled:
        q = q / math.sqrt(d_k)
    return float(np.var(np.einsum("nd,nd->n", q, k)))


@right(ID)
def variance_divided_by_d(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    variance = np.var((q * k).sum(1))
    return variance / d_k if scaled else variance


@right(ID)
def loop_over_pairs(d_k, num_samples, rng, scaled):
    queries = [rng.standard_normal(d_k) for _ in range(num_samples)]
    keys = [rng.standard_normal(d_k) for _ in range(num_samples)]
    root = d_k**0.5 if scaled else 1
    return statistics.pvariance([float(q @ k) / root for q, k in zip(queries, keys, strict=True)])


@right(ID)
def diagonal_of_all_pairs(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    s = np.diag(q @ k.T) / (np.sqrt(d_k) if scaled else 1.0)
    return np.asarray(((s - s.mean()) ** 2).mean())


@right(ID)
def normal_instead_of_standard_normal(d_k, num_samples, rng, scaled):
    s = np.sum(np.prod(rng.normal(size=(2, num_samples, d_k)), axis=0), axis=1)
    return (s * (d_k**-0.5 if scaled else 1)).std() ** 2


@wrong(ID, "missing-scale")
def never_scales(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    return (q * k).sum(-1).var()


@wrong(ID, "ignores-scaled")
def always_scales(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    return ((q * k).sum(-1) / d_k**0.5).var()


@wrong(ID, "ignores-scaled")
def the_wrong_way_round(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    s = (q * k).sum(-1)
    return np.var(s) if scaled else np.var(s / d_k**0.5)


@wrong(ID, "scale-by-d")
def divides_by_d(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    s = (q * k).sum(-1)
    return np.var(s / d_k if scaled else s)


@wrong(ID, "scale-by-fourth-root")
def divides_the_variance(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    v = (q * k).sum(-1).var()
    return v / np.sqrt(d_k) if scaled else v


@wrong(ID, "scale-inverted")
def multiplies(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    s = (q * k).sum(-1)
    return (s * d_k**0.5).var() if scaled else s.var()


@wrong(ID, "other-draws")
def pair_by_pair(d_k, num_samples, rng, scaled):
    s = []
    for _ in range(num_samples):
        q, k = rng.standard_normal(d_k), rng.standard_normal(d_k)
        s.append(q @ k / (d_k**0.5 if scaled else 1))
    return np.var(s)


@wrong(ID, "other-draws")
def uniform(d_k, num_samples, rng, scaled):
    q, k = rng.random((num_samples, d_k)), rng.random((num_samples, d_k))
    return np.var((q * k).sum(1) / (d_k**0.5 if scaled else 1))


@wrong(ID, "other-draws")
def columns(d_k, num_samples, rng, scaled):
    q, k = rng.standard_normal((d_k, num_samples)), rng.standard_normal((d_k, num_samples))
    return np.var((q * k).sum(0) / (d_k**0.5 if scaled else 1))


@wrong(ID, "other-draws")
def one_query(d_k, num_samples, rng, scaled):
    q = rng.standard_normal(d_k)
    k = rng.standard_normal((num_samples, d_k))
    return np.var(k @ q / (d_k**0.5 if scaled else 1))


@wrong(ID, "queries-with-queries")
def squared_length(d_k, num_samples, rng, scaled):
    q = rng.standard_normal((num_samples, d_k))
    return np.var((q**2).sum(1) / (d_k**0.5 if scaled else 1))


@wrong(ID, "products-not-summed")
def elementwise(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    return (q * k / (d_k**0.5 if scaled else 1)).var()


@wrong(ID, "products-not-summed")
def mean_of_products(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    return ((q * k).mean(axis=1) / (d_k**0.5 if scaled else 1)).var()


@wrong(ID, "products-not-summed")
def every_query_with_every_key(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    return (q @ k.T / (d_k**0.5 if scaled else 1)).var()


@wrong(ID, "std-for-variance")
def deviation(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    return np.std((q * k).sum(1) / (d_k**0.5 if scaled else 1))


@wrong(ID, "sample-variance")
def from_the_statistics_course(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    return statistics.variance(((q * k).sum(1) / (d_k**0.5 if scaled else 1)).tolist())


@wrong(ID, "sample-variance")
def mean_square(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    return np.mean(((q * k).sum(1) / (d_k**0.5 if scaled else 1)) ** 2)


@wrong(ID, "std-for-variance", "missing-scale")
def deviation_without_scale(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    return np.std((q * k).sum(1))


@wrong(ID, "ignores-scaled", "sample-variance")
def always_scales_and_corrects(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    return np.var((q * k).sum(1) / d_k**0.5, ddof=1)


@wrong(ID, "wrong-values")
def own_generator(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, np.random.default_rng(1))
    return np.var((q * k).sum(1) / (d_k**0.5 if scaled else 1))


@wrong(ID, "wrong-shape")
def one_variance_a_sample(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    return (q * k).var(axis=1)


@wrong(ID, "returns-nothing")
def prints(d_k, num_samples, rng, scaled):
    q, k = pairs(d_k, num_samples, rng)
    print((q * k).sum(1).var())


@wrong(ID, "not-written-yet")
def as_released(d_k, num_samples, rng, scaled):
    raise NotImplementedError


@wrong(ID, "ready-made")
def calls_the_reference(d_k, num_samples, rng, scaled):
    from selfattn_ref.score_statistics import score_variance as mine

    return mine(d_k, num_samples, rng, scaled)


@wrong(ID, "other-draws")
def makes_its_own_generator(d_k, num_samples, rng, scaled):
    rng = np.random.default_rng(0)
    q = rng.standard_normal((num_samples, d_k))
    k = rng.standard_normal((num_samples, d_k))
    scores = np.einsum("if,if->i", q, k)
    return np.var(scores / np.sqrt(d_k) if scaled else scores)
