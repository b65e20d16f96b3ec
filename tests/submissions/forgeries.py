"""Attacks on the wire: replies that are forged byte by byte, by an answer that has taken over the process it runs in.

Each replaces, for one reply, the function that encodes replies. Nowhere else is there such a function, and the answer
is then only wrong. Principle: what comes out of the room is looked up, counted and compared, and never believed.
"""

from tests.submissions.case import Case, answer

__all__ = ["FORGERIES"]

FORGE = """
import io, json, os, struct, sys
import numpy as np

def message(tree, *blobs, lengths=None):
    head = json.dumps({{"tree": tree, "blobs": [len(each) for each in blobs] if lengths is None else lengths}}).encode()
    return struct.pack(">II", len(head), sum(map(len, blobs))) + head + b"".join(blobs)

def npy(header, data=b""):
    head = (header + "\\n").encode()
    return b"\\x93NUMPY\\x01\\x00" + struct.pack("<H", len(head)) + head + data

def reply(number, result, *blobs, **more):
    entries = [["number", {{"value": number}}], ["result", result], ["changed", {{"list": []}}], *more.items()]
    return message({{"dict": entries}}, *blobs)

def forged(number):
    {code}

def causal_mask(q_len, k_len=None):
    runner = sys.modules.get("selfattn_grade.room.runner")
    if runner is not None:
        real = runner.encode
        def encode(value, **options):
            if not (isinstance(value, dict) and "number" in value):
                return real(value, **options)
            runner.encode = real
            return forged(value["number"])
        runner.encode = encode
    return np.zeros((q_len, k_len or q_len), bool)
"""


def forgery(row: int, name: str, code: str) -> Case:
    return answer(row, f"forges-{name}", FORGE.format(code=code))


ARRAY = '{"array": [0, ""]}'
FORGERIES = [
    forgery(30, "a-verdict", 'return reply(number, {"value": True}, passed={"value": True}, points={"value": 99})'),
    forgery(30, "another-number", 'return reply(number + 1, {"value": True})'),
    forgery(30, "two-replies", 'return 2 * reply(number, {"value": True})'),
    forgery(30, "a-call-of-what-was-not-given", 'return reply(number, {"value": 1}, wanted={"value": 0})'),
    forgery(
        30,
        "calls-without-end",
        'return 200 * message({"dict": [["number", {"value": number}], ["wanted", {"value": 0}],'
        ' ["arguments", {"list": []}]]})',
    ),
    forgery(30, "what-became-of-models", 'return reply(number, {"value": 1}, lent={"dict": []}, called={"value": 3})'),
    forgery(36, "a-pickle", 'import pickle; return pickle.dumps((open, ("@TRIAL@/canary-pickle", "w")))'),
    forgery(
        36,
        "an-array-of-objects",
        "stream = io.BytesIO(); np.save(stream, np.array([{}], object), allow_pickle=True); "
        f"return reply(number, {ARRAY}, stream.getvalue())",
    ),
    forgery(
        36,
        "code-in-a-header",
        "header = \"{'descr': open('@TRIAL@/canary-header', 'w'), 'fortran_order': False, 'shape': (1,)}\"; "
        f"return reply(number, {ARRAY}, npy(header, bytes(8)))",
    ),
    forgery(
        15,
        "a-petabyte",
        "header = \"{'descr': '<f8', 'fortran_order': False, 'shape': (1125899906842624,)}\"; "
        f"return reply(number, {ARRAY}, npy(header, bytes(8)))",
    ),
    forgery(
        15,
        "a-shape-that-overflows",
        "header = \"{'descr': '?', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0)}\"; "
        f"return reply(number, {ARRAY}, npy(header))",
    ),
    forgery(
        36,
        "a-negative-shape",
        "header = \"{'descr': '?', 'fortran_order': False, 'shape': (-1, -4)}\"; "
        f"return reply(number, {ARRAY}, npy(header, bytes(4)))",
    ),
    forgery(36, "an-array-of-no-blob", f"return reply(number, {ARRAY})"),
    forgery(36, "blobs-of-negative-length", f"return message({ARRAY}, b'ab', lengths=[-2, 4])"),
    forgery(
        15,
        "a-deep-tree",
        "head = b'{\"tree\": ' + b'{\"list\": [' * 6000 + b']}' * 6000 + b', \"blobs\": []}'; "
        "return struct.pack('>II', len(head), 0) + head",
    ),
    forgery(15, "a-number-of-many-digits", 'return reply(number, {"value": int("9" * 4000)})'),
    forgery(36, "nothing-but-brackets", "return struct.pack('>II', 60000, 0) + b'[' * 60000"),
    forgery(36, "a-tensor-where-none-is", 'return reply(number, {"tensor": [0, "rs"]}, npy("{}"))'),
    forgery(
        39,
        "an-error-of-its-own",
        'told = {"dict": [["kind", {"value": "eval"}], ["text", {"value": "LEAK" + "ED"}], '
        '["cell", {"value": "../LEAK" + "ED"}], ["line", {"value": 7731}]]}; '
        'return reply(number, {"value": 1}, error=told)',
    ),
    forgery(
        39,
        "an-error-that-stops-us",
        'told = {"dict": [["kind", {"value": "KeyboardInterrupt"}], ["text", {"value": ""}]]}; '
        'return reply(number, {"value": 1}, error=told)',
    ),
]
