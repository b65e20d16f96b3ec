"""Attempts at `sinusoidal_positions`."""

import math

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "sinusoidal_positions"


def refuse_odd(d_model):
    if d_model % 2 != 0:
        raise ValueError("an even number of features, please")


def filled(t, frequencies, even=np.sin, odd=np.cos):
    table = np.zeros((len(t), 2 * len(frequencies)))
    table[:, 0::2] = even(np.outer(t, frequencies))
    table[:, 1::2] = odd(np.outer(t, frequencies))
    return table


@right(ID)
def slices(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    return filled(np.arange(num_positions), base ** (-np.arange(0, d_model, 2) / d_model))


@right(ID)
def exponential_of_logarithms(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    t = np.arange(num_positions, dtype=float)[:, np.newaxis]
    div = np.exp(np.arange(0, d_model, 2) * (-math.log(base) / d_model))
    pe = np.empty((num_positions, d_model))
    pe[:, 0::2], pe[:, 1::2] = np.sin(t * div), np.cos(t * div)
    return pe


@right(ID)
def loops(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    rows = []
    for t in range(num_positions):
        row = []
        for i in range(d_model // 2):
            angle = t / base ** (2 * i / d_model)
            row += [math.sin(angle), math.cos(angle)]
        rows.append(row)
    return np.array(rows)


@right(ID)
def complex_waves(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    angles = np.arange(num_positions)[:, None] / base ** (2 * np.arange(d_model // 2) / d_model)
    turns = np.exp(1j * angles)
    return np.stack([turns.imag, turns.real], axis=-1).reshape(num_positions, -1)


@right(ID)
def phase(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    column = np.arange(d_model)
    angles = np.arange(num_positions)[:, None] * float(base) ** (-(column - column % 2) / d_model)
    return np.sin(angles + (column % 2) * np.pi / 2)


@right(ID)
def refused_by_a_reshape(num_positions, d_model, base=10000.0):
    angles = np.arange(num_positions)[:, None] / base ** (np.arange(0, d_model, 2) / d_model)
    return np.dstack([np.sin(angles), np.cos(angles)]).reshape(num_positions, d_model)


@wrong(ID, "sine-cosine-swapped")
def cosine_first(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    return filled(np.arange(num_positions), base ** (-np.arange(0, d_model, 2) / d_model), np.cos, np.sin)


@wrong(ID, "sine-only")
def all_sines(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    return filled(np.arange(num_positions), base ** (-np.arange(0, d_model, 2) / d_model), np.sin, np.sin)


@wrong(ID, "sine-only")
def all_cosines(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    return filled(np.arange(num_positions), base ** (-np.arange(0, d_model, 2) / d_model), np.cos, np.cos)


@wrong(ID, "frequency-doubled")
def twice_two_i(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    i = np.arange(0, d_model, 2)
    return filled(np.arange(num_positions), 1 / base ** (2 * i / d_model))


@wrong(ID, "frequency-halved")
def half_the_exponent(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    i = np.arange(d_model // 2)
    return filled(np.arange(num_positions), 1 / base ** (i / d_model))


@wrong(ID, "frequency-per-column")
def each_column_its_own(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    table = np.zeros((num_positions, d_model))
    for t in range(num_positions):
        for j in range(d_model):
            angle = t / base ** (j / d_model)
            table[t, j] = math.sin(angle) if j % 2 == 0 else math.cos(angle)
    return table


@wrong(ID, "frequency-per-column")
def doubled_column(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    angles = np.arange(num_positions)[:, None] / np.power(float(base), 2 * np.arange(d_model) / d_model)
    angles[:, 0::2] = np.sin(angles[:, 0::2])
    angles[:, 1::2] = np.cos(angles[:, 1::2])
    return angles


@wrong(ID, "concatenated-halves")
def sines_then_cosines(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    angles = np.outer(np.arange(num_positions), base ** (-np.arange(0, d_model, 2) / d_model))
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


@wrong(ID, "concatenated-halves", "frequency-halved")
def sines_then_cosines_halved(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    angles = np.outer(np.arange(num_positions), base ** (-np.arange(d_model // 2) / d_model))
    return np.hstack([np.sin(angles), np.cos(angles)])


@wrong(ID, "base-inverted")
def growing(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    return filled(np.arange(num_positions), base ** (np.arange(0, d_model, 2) / d_model))


@wrong(ID, "floors-exponent")
def whole_division(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    return filled(np.arange(num_positions), 1 / base ** (np.arange(0, d_model, 2) // d_model))


@wrong(ID, "timescales-minus-one")
def geometric_to_the_end(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    pairs = d_model // 2
    return filled(np.arange(num_positions), np.exp(-math.log(base) / max(pairs - 1, 1) * np.arange(pairs)))


@wrong(ID, "ignores-base")
def ten_thousand(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    return filled(np.arange(num_positions), 10000 ** (-np.arange(0, d_model, 2) / d_model))


@wrong(ID, "ignores-base", "sine-cosine-swapped")
def ten_thousand_swapped(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    return filled(np.arange(num_positions), 10000 ** (-np.arange(0, d_model, 2) / d_model), np.cos, np.sin)


@wrong(ID, "positions-from-one")
def from_one(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    return filled(np.arange(1, num_positions + 1), base ** (-np.arange(0, d_model, 2) / d_model))


@wrong(ID, "positions-transposed")
def features_first(num_positions, d_model, base=10000.0):
    refuse_odd(d_model)
    return filled(np.arange(num_positions), base ** (-np.arange(0, d_model, 2) / d_model)).T


@wrong(ID, "odd-width-accepted")
def accepts_odd(num_positions, d_model, base=10000.0):
    table = np.zeros((num_positions, d_model))
    for t in range(num_positions):
        for i in range(0, d_model, 2):
            table[t, i] = math.sin(t / base ** (i / d_model))
            if i + 1 < d_model:
                table[t, i + 1] = math.cos(t / base ** (i / d_model))
    return table


@wrong(ID, "odd-width-accepted", "frequency-per-column")
def accepts_odd_and_more(num_positions, d_model, base=10000.0):
    j = np.arange(d_model)
    angles = np.arange(num_positions)[:, None] * float(base) ** (-j / d_model)
    return np.where(j % 2 == 0, np.sin(angles), np.cos(angles))


@wrong(ID, "accepts-bad-input")
def drops_the_last_column(num_positions, d_model, base=10000.0):
    pairs = d_model // 2
    return filled(np.arange(num_positions), base ** (-2 * np.arange(pairs) / d_model))


@wrong(ID, "wrong-dtype")
def single_precision(num_positions, d_model, base=10000.0):
    return slices(num_positions, d_model, base).astype(np.float32)


@wrong(ID, "raises")
def another_exception(num_positions, d_model, base=10000.0):
    assert d_model % 2 == 0
    return slices(num_positions, d_model, base)


@wrong(ID, "ready-made")
def imported(num_positions, d_model, base=10000.0):
    import selfattn_ref

    return selfattn_ref.sinusoidal_positions(num_positions, d_model, base)
