"""The wire: what goes in comes out, and hostile bytes give an error, never an object and never much memory."""

import json
import pickle
import struct
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from selfattn_grade.room.wire import (
    INWARD,
    MAX_BLOBS,
    MAX_DEPTH,
    MAX_MESSAGE,
    MAX_NODES,
    Opaque,
    WireError,
    decode,
    encode,
    sizes,
)

DTYPES = st.sampled_from(["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u8", "?"]).map(np.dtype)
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | ARRAYS
    | ARRAYS.filter(lambda array: array.size > 0).map(lambda array: array.flat[0])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return a == b or (a != a and b != b)


def message(tree, *blobs, lengths=None):
    header = json.dumps({"tree": tree, "blobs": [len(blob) for blob in blobs] if lengths is None else lengths})
    body = b"".join(blobs)
    return struct.pack(">II", len(header.encode()), len(body)) + header.encode() + body


def blob(shape="(2,)", descr="'<f8'", data=b"\0" * 16, version=b"\x01\x00"):
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + data


@given(VALUES)
def test_wire_round_trip_gives_the_same_value(value):
    assert same(decode(encode(value)), value)


def test_wire_keeps_order_gaps_and_write_protection_of_arrays(rng):
    protected = rng.normal(size=(3, 4))
    protected.flags.writeable = False
    gaps = rng.normal(size=(3, 8))[:, ::2]
    got = decode(encode([protected, gaps, np.asfortranarray(protected)]))
    assert [array.flags.writeable for array in got] == [False, True, True]
    assert [array.flags.forc for array in got] == [True, False, True]
    assert got[2].flags.f_contiguous
    for mine, theirs in zip(got, [protected, gaps, protected], strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_wire_generator_draws_the_same_numbers_but_only_where_expected():
    sent = encode(np.random.default_rng(3))
    assert decode(sent, function=abs).normal() == np.random.default_rng(3).normal()
    with pytest.raises(WireError):
        decode(sent)


def test_wire_function_travels_as_its_place_and_only_where_expected():
    functions = []
    sent = encode({"f": [abs, 1, len]}, functions=functions)
    assert functions == [abs, len]
    assert decode(sent, function=lambda place, about: ("place", place)) == {"f": [("place", 0), 1, ("place", 1)]}
    with pytest.raises(WireError):
        decode(sent)


class Everything(np.ndarray):
    def __eq__(self, other):
        return True

    __hash__ = None


class Number(float):
    pass


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (np.eye(2).view(Everything), f"{__name__}.Everything"),
        (Number(3), f"{__name__}.Number"),
        (np.ma.masked_array([1.0]), "numpy.ma.MaskedArray"),
        (np.array([object()]), "array of object"),
        (np.array([1j]), "array of complex128"),
        (np.array(["text"]), "array of <U4"),
        (np.array([1.0], ">f8"), "array of >f8"),
        ({2.5: 2}, "builtins.dict"),
        (len, "builtins.builtin_function_or_method"),
    ],
)
def test_encode_other_types_send_their_kind_or_raise(value, kind):
    assert decode(encode(value, foreign=True)) == Opaque(kind)
    with pytest.raises(WireError, match="of a type that can be sent"):
        encode(value)


def deep(levels):
    value = 0
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        deep(MAX_DEPTH + 1),
        [0] * (INWARD * MAX_NODES),
        np.zeros(MAX_MESSAGE),
        [np.zeros(MAX_MESSAGE // 16)] * 3,
        [np.zeros(1)] * (MAX_BLOBS + 1),
    ],
)
def test_encode_too_large_value_raises(value):
    with pytest.raises(WireError):
        encode(value)


def test_more_may_go_into_the_room_than_come_out_of_it():
    with pytest.raises(WireError):
        encode([0] * MAX_NODES, foreign=True)
    large = encode([0] * (2 * MAX_NODES))
    assert decode(large, function=abs) == [0] * (2 * MAX_NODES)
    with pytest.raises(WireError):
        decode(large)


def test_decode_an_array_can_be_named_once():
    """Named again and again, 16 MB would become many GB."""
    once = {"array": [0, "s"]}
    assert decode(message({"list": [once]}, blob()))[0].shape == (2,)
    for again in (once, {"scalar": 0}, {"tensor": [0, ""]}):
        with pytest.raises(WireError, match="no other array the same"):
            decode(message({"list": [once, again]}, blob()))


def test_announced_size_is_not_repeated():
    with pytest.raises(WireError) as caught:
        sizes(struct.pack(">II", 12345, 2**32 - 1))
    assert "12345" not in str(caught.value)
    assert str(12345 + 2**32 - 1) not in str(caught.value)


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\xff" * 8,
        struct.pack(">II", 2, 0) + b"{}",
        struct.pack(">II", 4, 0) + b"null",
        struct.pack(">II", 50_000, 0) + b"[" * 50_000,
        message({"value": 1})[:-1],
        message({"value": 1}) + b"x",
        message(7),
        message({}),
        message({"value": 1, "list": []}),
        message({"value": [1]}),
        message({"tuple": {}}),
        message({"dict": {"a": {"value": 1}}}),
        message({"dict": [["a"]]}),
        message({"dict": [[1.5, {"value": 1}]]}),
        message({"pickle": 0}, pickle.dumps(1)),
        message({"generator": {"bit_generator": "PCG64"}}),
        message({"array": [0, ""]}),
        message({"array": [-1, ""]}, blob()),
        message({"array": [True, ""]}, blob()),
        message({"array": [0, ""]}, pickle.dumps(np.zeros(2))),
        message({"array": [0, ""]}, b"\x93NUMPY\x01\x00\xff\xff{}"),
        message({"array": [0, ""]}, blob(version=b"\x02\x00")),
        message({"array": [0, ""]}, blob(descr="'|O'")),
        message({"array": [0, ""]}, blob(descr="[('a', '<f8'), ('b', '<f8')]", shape="(1,)")),
        message({"array": [0, ""]}, blob(descr="'<U2'")),
        message({"array": [0, ""]}, blob(descr="__import__('os')")),
        message({"array": [0, ""]}, blob(shape="(3,)")),
        message({"array": [0, ""]}, blob(shape="(-2, -1)")),
        message({"array": [0, ""]}, blob(shape="(4611686018427387904, 4)", data=b"")),
        message({"array": [0, ""]}, blob(shape="(True, 2)")),
        message({"array": [0, ""]}, blob(shape="(1,) * 3")),
        message({"array": [0, ""]}, blob(shape="(" + "1, " * 40 + "2)")),
        message({"scalar": 0}, blob()),
        message({"value": 1}, lengths=[-1, 1]),
        message({"value": 1}, lengths=[1]),
        message({"value": 1}, lengths="0"),
        message({"list": [{"value": 0}] * MAX_NODES}),
    ],
)
def test_decode_hostile_bytes_raise(hostile):
    with pytest.raises(WireError):
        decode(hostile)


@given(st.binary(max_size=300))
@example(struct.pack(">II", 11, 0) + b'{"tree":[]}')
def test_decode_any_bytes_give_a_value_or_an_error(noise):
    for candidate in (noise, struct.pack(">II", len(noise), 0) + noise, message({"array": [0, ""]}, noise)):
        try:
            decode(candidate)
        except WireError:
            continue
        except RecursionError:
            pytest.fail("a nested header must be refused")


@given(st.data())
def test_decode_damaged_message_gives_a_value_or_an_error(data):
    sent = bytearray(encode({"a": (np.eye(3), "text", [1, 2.5, None]), "b": np.float32(3)}))
    for _ in range(data.draw(st.integers(1, 4))):
        sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(sent))
    except WireError:
        return


def test_decode_announced_sizes_are_refused_before_memory_is_asked_for():
    huge = message({"array": [0, ""]}, blob(shape="(2000000000,)", descr="'|u1'", data=b""))
    tracemalloc.start()
    with pytest.raises(WireError):
        decode(huge)
    with pytest.raises(WireError):
        sizes(struct.pack(">II", 10, MAX_MESSAGE + 1))
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_tensors_travel_with_their_dtype_and_gaps(rng):
    torch = pytest.importorskip("torch")
    for sent in (
        torch.from_numpy(rng.normal(size=(2, 3))),
        torch.ones(3, dtype=torch.bool),
        torch.tensor(7),
        torch.from_numpy(rng.normal(size=(2, 6)))[:, ::2],
        torch.nn.Parameter(torch.ones(2)),
    ):
        got = decode(encode([sent]))[0]
        assert type(got) is torch.Tensor
        assert (got.dtype, got.is_contiguous(), got.requires_grad) == (sent.dtype, sent.is_contiguous(), False)
        assert torch.equal(got, sent.detach())
    for odd in (torch.ones(2).bfloat16(), torch.ones(2).to_sparse(), torch.ones(2, device="meta")):
        assert decode(encode(odd, foreign=True)) == Opaque("torch.Tensor")


def test_tensor_is_only_named_where_nobody_imported_torch(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert decode(message({"tensor": [0, ""]}, blob())) == Opaque("torch.Tensor")
    with pytest.raises(WireError):
        decode(message({"tensor": [1, ""]}, blob()))
