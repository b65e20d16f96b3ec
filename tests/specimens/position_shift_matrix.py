"""Attempts at `position_shift_matrix`."""

import math

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "position_shift_matrix"


def frequencies(d_model, base):
    return base ** (-np.arange(0, d_model, 2) / d_model)


def blocks(angles, block):
    m = np.zeros((2 * len(angles), 2 * len(angles)))
    for i, a in enumerate(angles):
        m[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = block(math.sin(a), math.cos(a))
    return m


def rotation(s, c):
    return [[c, -s], [s, c]]


@right(ID)
def block_by_block(offset, d_model, base=10000.0):
    return blocks(offset * frequencies(d_model, base), rotation)


@right(ID)
def indexed(offset, d_model, base=10000.0):
    a = offset * frequencies(d_model, base)
    m = np.zeros((d_model, d_model))
    e = np.arange(0, d_model, 2)
    m[e, e] = m[e + 1, e + 1] = np.cos(a)
    m[e + 1, e], m[e, e + 1] = np.sin(a), -np.sin(a)
    return m


@right(ID)
def solved_from_two_positions(offset, d_model, base=10000.0):
    m = np.zeros((d_model, d_model))
    for i in range(0, d_model, 2):
        w = base ** (-i / d_model)
        here = np.array([[0.0, 1.0], [np.sin(1.0), np.cos(1.0)]])  # two places, an angle of 1 apart
        angles = np.array([0.0, 1.0]) + offset * w
        m[i : i + 2, i : i + 2] = np.linalg.solve(here, np.column_stack([np.sin(angles), np.cos(angles)]))
    return m


@right(ID)
def kronecker(offset, d_model, base=10000.0):
    a = offset * frequencies(d_model, base)
    return np.kron(np.diag(np.cos(a)), np.eye(2)) + np.kron(np.diag(np.sin(a)), [[0, -1], [1, 0]])


@right(ID)
def eye_of_columns(offset, d_model, base=10000.0):
    j = np.arange(d_model)
    a = offset * float(base) ** (-(j - j % 2) / d_model)
    upper, lower = np.diag(np.sin(a)[::2].repeat(2)[:-1], 1), np.diag(np.sin(a)[::2].repeat(2)[:-1], -1)
    upper[1::2], lower[:, 1::2] = 0, 0
    return np.diag(np.cos(a)) - upper + lower


@wrong(ID, "shift-reversed")
def column_convention(offset, d_model, base=10000.0):
    return blocks(offset * frequencies(d_model, base), lambda s, c: [[c, s], [-s, c]])


@wrong(ID, "shift-reversed")
def minus_offset(offset, d_model, base=10000.0):
    return block_by_block(-offset, d_model, base)


@wrong(ID, "concatenated-halves")
def halves(offset, d_model, base=10000.0):
    a = offset * frequencies(d_model, base)
    s, c = np.diag(np.sin(a)), np.diag(np.cos(a))
    return np.block([[c, -s], [s, c]])


@wrong(ID, "concatenated-halves", "shift-reversed")
def halves_reversed(offset, d_model, base=10000.0):
    a = offset * frequencies(d_model, base)
    s, c = np.diag(np.sin(a)), np.diag(np.cos(a))
    return np.block([[c, s], [-s, c]])


@wrong(ID, "frequency-per-column")
def each_row_its_own(offset, d_model, base=10000.0):
    m = np.zeros((d_model, d_model))
    for r in range(d_model):
        a = offset / base ** (r / d_model)
        m[r, r] = math.cos(a)
        if r % 2 == 0:
            m[r, r + 1] = -math.sin(a)
        else:
            m[r, r - 1] = math.sin(a)
    return m


@wrong(ID, "frequency-per-column")
def each_column_its_own(offset, d_model, base=10000.0):
    m = np.zeros((d_model, d_model))
    for c in range(d_model):
        a = offset / base ** (c / d_model)
        m[c, c] = math.cos(a)
        if c % 2 == 0:
            m[c + 1, c] = math.sin(a)
        else:
            m[c - 1, c] = -math.sin(a)
    return m


@wrong(ID, "frequency-doubled")
def twice_two_i(offset, d_model, base=10000.0):
    return blocks(offset * base ** (-2 * np.arange(0, d_model, 2) / d_model), rotation)


@wrong(ID, "frequency-halved")
def half_the_exponent(offset, d_model, base=10000.0):
    return blocks(offset * base ** (-np.arange(d_model // 2) / d_model), rotation)


@wrong(ID, "frequency-halved", "shift-reversed")
def half_the_exponent_reversed(offset, d_model, base=10000.0):
    return blocks(-offset * base ** (-np.arange(d_model // 2) / d_model), rotation)


@wrong(ID, "base-inverted")
def growing(offset, d_model, base=10000.0):
    return blocks(offset * base ** (np.arange(0, d_model, 2) / d_model), rotation)


@wrong(ID, "floors-exponent")
def one_angle_for_all(offset, d_model, base=10000.0):
    return blocks([offset] * (d_model // 2), rotation)


@wrong(ID, "timescales-minus-one")
def geometric_to_the_end(offset, d_model, base=10000.0):
    pairs = d_model // 2
    return blocks([offset * base ** (-i / max(pairs - 1, 1)) for i in range(pairs)], rotation)


@wrong(ID, "ignores-base")
def ten_thousand(offset, d_model, base=10000.0):
    return blocks(offset * frequencies(d_model, 10000), rotation)


@wrong(ID, "sine-cosine-swapped")
def swapped(offset, d_model, base=10000.0):
    return blocks(offset * frequencies(d_model, base), lambda s, c: [[s, -c], [c, s]])


@wrong(ID, "missing-minus")
def no_minus(offset, d_model, base=10000.0):
    return blocks(offset * frequencies(d_model, base), lambda s, c: [[c, s], [s, c]])


@wrong(ID, "diagonal-only")
def only_cosines(offset, d_model, base=10000.0):
    return np.diag(np.repeat(np.cos(offset * frequencies(d_model, base)), 2))


@wrong(ID, "negative-offset")
def distance(offset, d_model, base=10000.0):
    return block_by_block(abs(offset), d_model, base)


@wrong(ID, "negative-offset")
def forward_only(offset, d_model, base=10000.0):
    return np.eye(d_model) if offset <= 0 else block_by_block(offset, d_model, base)


@wrong(ID, "ignores-offset")
def one_step(offset, d_model, base=10000.0):
    return blocks(frequencies(d_model, base), rotation)


@wrong(ID, "shifts-features")
def off_diagonal_identity(offset, d_model, base=10000.0):
    return np.eye(d_model, k=offset)


@wrong(ID, "shifts-features")
def rolled_identity(offset, d_model, base=10000.0):
    return np.roll(np.eye(d_model), offset, axis=1)


@wrong(ID, "wrong-dtype")
def single_precision(offset, d_model, base=10000.0):
    return block_by_block(offset, d_model, base).astype(np.float32)


@wrong(ID, "wrong-shape")
def a_stack_of_blocks(offset, d_model, base=10000.0):
    a = offset * frequencies(d_model, base)
    return np.moveaxis(np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]), -1, 0)


@wrong(ID, "ready-made")
def imported(offset, d_model, base=10000.0):
    from selfattn_ref import position_shift_matrix

    return position_shift_matrix(offset, d_model, base)


@right(ID)
def fitted_to_many_positions(offset, d_model, base=10000.0):
    angles = np.outer(np.arange(-500, 500), frequencies(d_model, base))

    def table(a):
        return np.stack([np.sin(a), np.cos(a)], axis=-1).reshape(len(a), d_model)

    return np.linalg.lstsq(table(angles), table(angles + offset * frequencies(d_model, base)), rcond=None)[0]
