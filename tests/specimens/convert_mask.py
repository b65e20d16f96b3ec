"""Attempts at `convert_mask`."""

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "convert_mask"


@right(ID)
def three_forms(mask, to):
    attend = mask if mask.dtype == bool else mask == 0
    if to == "attend":
        return attend.copy()
    if to == "hidden":
        return ~attend
    return np.where(attend, 0.0, -np.inf)


@right(ID)
def by_way_of_hidden(mask, to):
    hidden = np.isinf(mask) if np.issubdtype(mask.dtype, np.floating) else np.logical_not(mask)
    match to:
        case "hidden":
            return hidden
        case "attend":
            return np.logical_not(hidden)
        case "additive":
            out = np.zeros(mask.shape)
            out[hidden] = -np.inf
            return out


@right(ID)
def by_way_of_additive(mask, to):
    with np.errstate(divide="ignore"):
        numbers = np.log(mask.astype(float)) if mask.dtype == np.bool_ else mask.astype(float)
    return {"additive": numbers, "hidden": numbers < 0, "attend": numbers > -1}[to]


@right(ID)
def entry_by_entry(mask, to):
    out = np.empty(mask.shape, float if to == "additive" else bool)
    for index in np.ndindex(mask.shape):
        seen = bool(mask[index]) if mask.dtype.kind == "b" else float(mask[index]) == 0.0
        out[index] = (0.0 if seen else float("-inf")) if to == "additive" else seen == (to == "attend")
    return out


@right(ID)
def exponentials(mask, to):
    attend = mask.astype(bool) if mask.dtype == bool else np.exp(mask).astype(bool)
    if to == "additive":
        return np.select([attend], [0.0], default=-np.inf)
    return attend ^ (to == "hidden")


@right(ID)
def returns_the_same_mask(mask, to):
    attend = np.asarray(mask, bool) if mask.dtype == bool else np.isfinite(mask)
    return attend if to == "attend" else ~attend if to == "hidden" else np.where(attend, 0, -np.inf)


def write(attend, to):
    return np.where(attend, 0.0, -np.inf) if to == "additive" else ~attend if to == "hidden" else attend


def seen(mask):
    return mask if mask.dtype == bool else mask == 0


@wrong(ID, "mask-inverted")
def true_is_hidden_in_booleans(mask, to):
    return write(~mask if mask.dtype == bool else mask == 0, to)


@wrong(ID, "mask-inverted")
def everything_inverted(mask, to):
    return write(~seen(mask), to)


@wrong(ID, "mask-inverted")
def exchanges_the_boolean_forms(mask, to):
    attend = seen(mask)
    return ~attend if to == "attend" else attend if to == "hidden" else np.where(attend, 0, -np.inf)


@wrong(ID, "mask-inverted")
def hidden_like_attend(mask, to):
    return np.where(seen(mask), 0, -np.inf) if to == "additive" else seen(mask)


@wrong(ID, "mask-inverted")
def infinity_where_allowed(mask, to):
    attend = seen(mask)
    return np.where(attend, -np.inf, 0.0) if to == "additive" else write(attend, to)


@wrong(ID, "additive-read-as-booleans")
def as_type_bool(mask, to):
    return write(mask.astype(bool), to)


@wrong(ID, "additive-read-as-booleans")
def not_equal_to_zero(mask, to):
    if mask.dtype != bool:
        if to == "additive":
            return mask.astype(float)
        mask = mask != 0
    return write(mask, to)


@wrong(ID, "additive-read-as-booleans")
def booleans_only(mask, to):
    if to == "attend":
        return mask
    if to == "hidden":
        return ~mask
    return np.where(mask, 0.0, -np.inf)


@wrong(ID, "weak-fill")
def minus_a_billion(mask, to):
    return np.where(seen(mask), 0.0, -1e9) if to == "additive" else write(seen(mask), to)


@wrong(ID, "weak-fill")
def lowest_number(mask, to):
    return np.where(seen(mask), 0.0, np.finfo(float).min) if to == "additive" else write(seen(mask), to)


@wrong(ID, "weak-fill")
def product_with_minus_ten_thousand(mask, to):
    return (1.0 - seen(mask)) * -1e4 if to == "additive" else write(seen(mask), to)


@wrong(ID, "inf-times-mask")
def product_with_infinity(mask, to):
    return (1.0 - seen(mask)) * -np.inf if to == "additive" else write(seen(mask), to)


@wrong(ID, "mask-added-as-0-1")
def ones_and_zeros(mask, to):
    return seen(mask).astype(float) if to == "additive" else write(seen(mask), to)


@wrong(ID, "mask-as-numbers")
def ints(mask, to):
    return np.where(seen(mask), 0.0, -np.inf) if to == "additive" else write(seen(mask), to).astype(int)


@wrong(ID, "mask-as-numbers")
def floats(mask, to):
    return write(seen(mask), to).astype(float)


@wrong(ID, "mask-as-numbers")
def one_minus(mask, to):
    m = seen(mask).astype(int)
    return {"attend": m, "hidden": 1 - m, "additive": np.where(m, 0, -np.inf)}[to]


@wrong(ID, "tilde-on-integers")
def tilde_of_ints(mask, to):
    m = seen(mask)
    return ~m.astype(int) if to == "hidden" else write(m, to)


@wrong(ID, "tilde-on-integers")
def all_true(mask, to):
    m = seen(mask)
    return (~m.astype(int)).astype(bool) if to == "hidden" else write(m, to)


@wrong(ID, "ignores-the-form")
def always_attend(mask, to):
    return seen(mask).copy()


@wrong(ID, "ignores-the-form")
def always_hidden(mask, to):
    return ~seen(mask)


@wrong(ID, "ignores-the-form")
def always_additive(mask, to):
    return np.where(seen(mask), 0.0, -np.inf)


@wrong(ID, "wrong-dtype")
def additive_in_float32(mask, to):
    return np.where(seen(mask), np.float32(0), np.float32(-np.inf)) if to == "additive" else write(seen(mask), to)


@wrong(ID, "mutates-input")
def writes_into_the_mask(mask, to):
    if mask.dtype != bool and to == "additive":
        return mask.astype(float)
    result = write(seen(mask), to)
    mask[...] = False if mask.dtype == bool else 0
    return result


@wrong(ID, "mask-inverted", "weak-fill")
def exchanged_and_weak(mask, to):
    attend = seen(mask)
    return ~attend if to == "attend" else attend if to == "hidden" else np.where(attend, 0, -1e9)


@wrong(ID, "additive-read-as-booleans", "inf-times-mask")
def read_as_booleans_and_multiplied(mask, to):
    m = mask.astype(bool)
    return ~m * -np.inf if to == "additive" else write(m, to)


@wrong(ID, "returns-nothing")
def forgets_the_last_form(mask, to):
    if to == "attend":
        return seen(mask)
    if to == "hidden":
        return ~seen(mask)


@wrong(ID, "not-written-yet")
def as_released(mask, to):
    raise NotImplementedError


@wrong(ID, "ready-made")
def the_courses_own(mask, to):
    from selfattn_ref import convert_mask

    return convert_mask(mask, to)
