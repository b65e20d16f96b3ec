"""Attacks: submissions written to win points, to look, or to break something (rows 15 to 17 and 27 to 41, 47)."""

import json

from tests.submissions.case import Case, answer, cell, edit

RETURNS = "\ndef causal_mask(q_len, k_len=None):\n    return {result}\n"
RUNS = """
def causal_mask(q_len, k_len=None):
    {code}
    return np.zeros((q_len, q_len if k_len is None else k_len), bool)
"""
WRONG = RUNS.format(code="pass")


def runs(row: int, name: str, code: str, *findings: str) -> Case:
    """An answer that does something and then returns a wrong mask."""
    return answer(row, name, RUNS.format(code=code.replace("\n", "\n    ")), *findings)


def tag(notebook, **changes):
    for each in notebook["cells"]:
        if "-check-" in each["id"]:
            each.update(changes)
    cell(notebook, "causal_mask-answer")["source"] = WRONG


def forged(notebook):
    output = {"output_type": "execute_result", "data": {"text/plain": "2.0"}, "metadata": {}, "execution_count": 1}
    tag(notebook, outputs=[output])


EVERYTHING = """
class Everything(np.ndarray):
    def __eq__(self, other): return True
    __ne__ = __le__ = __lt__ = __array_ufunc__ = lambda *a, **k: True
def causal_mask(q_len, k_len=None):
    return np.zeros((q_len, k_len or q_len), bool).view(Everything)
"""
OBJECT = """
class Yes:
    shape = property(lambda self: causal_mask.shape); dtype = np.dtype(bool); ndim = 2
    def __eq__(self, other): return True
    def __array__(self, *a, **k): raise SystemExit
    def __reduce__(self): return (open, ('@TRIAL@/canary-pickle', 'w'))
def causal_mask(q_len, k_len=None):
    return Yes()
"""
FORGE = """
import struct, json, os, glob
def causal_mask(q_len, k_len=None):
    for number in range(1, 400):
        head = json.dumps({"tree": {"dict": [["number", {"value": number}], ["passed", {"value": True}], ["result",
            {"value": True}], ["changed", {"list": []}]]}, "blobs": []}).encode()
        for fd in range(3, 12):
            try: os.write(fd, struct.pack('>II', len(head), 0) + head)
            except OSError: pass
    return None
"""
HEADER = """
import os, struct
def causal_mask(q_len, k_len=None):
    for fd in range(3, 12):
        try: os.write(fd, struct.pack('>II', 0xffffffff, 0xffffffff))
        except OSError: pass
    while True: pass
"""
PATCH_RUNNER = (
    """
import sys
runner = sys.modules.get('selfattn_grade.room.runner')
for name in ('encode', '_answer', '_call', '_frozen'):
    if hasattr(runner, name):
        setattr(runner, name, lambda *a, **k: {'passed': True, 'number': 1, 'result': True})
"""
    + WRONG
)
FRAMES = """
import sys, gc
def causal_mask(q_len, k_len=None):
    frame, found = sys._getframe(), []
    while frame:
        wanted = ('expected', 'reference', 'probe', 'exercise')
        found += [value for name, value in frame.f_locals.items() if name in wanted]
        frame = frame.f_back
    found += [each for each in gc.get_objects() if type(each).__name__ in ('Probe', 'Exercise', 'Comparison')]
    return found[0]
"""
HARD_CODED = """
def causal_mask(q_len, k_len=None):
    known = {3: np.tril(np.ones((3, 3), bool)), 1: np.ones((1, 1), bool)}
    return known.get(q_len, np.zeros((q_len, k_len or q_len), bool))
"""
BUILTINS = (
    """
import builtins, numpy.testing as testing
builtins.all = builtins.any = builtins.isinstance = lambda *a: True
np.allclose = np.array_equal = testing.assert_allclose = lambda *a, **k: True
np.ndarray.__eq__ if False else None
"""
    + WRONG
)
NO_NUMPY = "import sys; np = sys.modules['numpy'] = type(sys)('numpy')\nnp.zeros = lambda *a: 1\n"
USE_NUMPY = frozenset(
    (
        "attention_scores",
        "causal_mask",
        "padding_mask",
        "sliding_window_mask",
        "masked_softmax",
        "scaled_dot_product_attention",
    )
)
SIGNATURE = """
def causal_mask(*a): return None
class Liar:
    __signature__ = property(lambda self: open('@TRIAL@/canary-signature', 'w'))
    def __call__(self, *a): return True
causal_mask = Liar()
"""
LEAK = "''.join(map(chr, (76, 69, 65, 75, 69, 68)))"  # a word that must be found nowhere afterwards
DAEMON = """
import os, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for _ in range(100):
                time.sleep(0.1)
                try: open('@TRIAL@/canary-daemon', 'a').write('x')
                except OSError: pass
        os._exit(0)
"""
BOMB = "import os\nfor _ in range(50):\n    if os.fork() == 0:\n        __import__('time').sleep(5); os._exit(0)"
HOG = "kept = []\nfor _ in range(1000):\n    kept.append(bytearray(b'x' * 10**6))"


SEGMENT = """import ctypes
libc = ctypes.CDLL(None)
made = libc.shmget(0, 2**20, 0o1600)
if made < 0: raise OSError('denied')
libc.shmctl(made, 0, None)"""
FILE_IN_MEMORY = "import os\nos.close(os.memfd_create('x'))"
SHARED_MAPPING = "import mmap\nmmap.mmap(-1, 2**20).close()"


def write(path: str) -> str:
    return f"open('@TRIAL@/{path}', 'w').write('canary')"


ATTACKS = [
    runs(15, "memory-hog", HOG, "exits"),
    runs(15, "memory-of-system-v", SEGMENT, "raises"),
    runs(15, "file-in-memory", FILE_IN_MEMORY, "raises"),
    runs(15, "shared-mapping", SHARED_MAPPING, "raises"),
    runs(16, "fork-bomb", BOMB, "raises"),
    runs(
        17,
        "fills-the-disk",
        "with open('/tmp/big', 'wb') as stream:\n    for _ in range(500): stream.write(bytes(10**6))",
        "raises",
    ),
    runs(
        17,
        "fills-shared-memory",
        "with open('/dev/shm/big', 'wb') as stream:\n    for _ in range(500): stream.write(bytes(10**6))",
        "raises",
    ),
    runs(17, "many-files", "for i in range(10**5): open(f'/tmp/{i}', 'w').close()"),
    Case(
        27,
        "tag-skip-execution",
        edit(lambda n: tag(n, metadata={"tags": ["skip-execution"]})),
        frozenset({"causal_mask"}),
    ),
    Case(27, "check-as-markdown", edit(lambda n: tag(n, cell_type="markdown")), frozenset({"causal_mask"})),
    Case(
        27,
        "points-raised",
        edit(lambda n: tag(n, metadata={"nbgrader": {"points": 100, "grade": True}})),
        frozenset({"causal_mask"}),
        flags=(),
    ),
    Case(27, "set-up-replaced", edit(lambda n: cell(n, "setup").update(source="np = None\ncheck = print"))),
    Case(27, "id-that-is-a-path", edit(lambda n: n["cells"].append({**n["cells"][0], "id": "../../canary"}))),
    Case(
        27,
        "one-id-for-two-answers",
        edit(lambda n: n["cells"].append({**cell(n, "causal_mask-answer"), "source": WRONG})),
        frozenset({"causal_mask"}),
        flags=("duplicate-cell",),
    ),
    Case(27, "check-replaced-by-points", edit(lambda n: tag(n, source="2.0")), frozenset({"causal_mask"})),
    answer(28, "patches-builtins", BUILTINS),
    answer(28, "patches-the-runner", PATCH_RUNNER),
    answer(28, "ast-transformer", "get_ipython().ast_transformers.append(None)\n" + WRONG),
    answer(
        28, "import-hook", "import sys; sys.meta_path.insert(0, None); sys.modules['selfattn_check'] = sys\n" + WRONG
    ),
    answer(28, "profile-hook", "import sys; sys.setprofile(lambda *a: None); sys.settrace(lambda *a: None)\n" + WRONG),
    Case(
        28, "replaces-numpy", edit(lambda n: cell(n, "causal_mask-answer").update(source=NO_NUMPY + WRONG)), USE_NUMPY
    ),
    answer(29, "array-that-equals-everything", EVERYTHING, "wrong-type"),
    answer(29, "object-that-equals-everything", OBJECT, "wrong-type"),
    answer(
        29,
        "number-that-equals-everything",
        "class One(int):\n    __eq__ = lambda *a: True\n" + RETURNS.format(result="One(1)"),
        "wrong-type",
    ),
    answer(29, "returns-true", RETURNS.format(result="True"), "wrong-type"),
    answer(29, "returns-an-object-array", RETURNS.format(result="np.array([[object()]])"), "wrong-type"),
    answer(29, "returns-none", RETURNS.format(result="None"), "returns-nothing"),
    Case(30, "forged-outputs", edit(forged), frozenset({"causal_mask"})),
    runs(30, "displayhook", "import sys; sys.displayhook(2); print('2.0'); print('passed')"),
    answer(30, "forges-replies", FORGE),
    answer(30, "announces-4-gigabytes", HEADER),
    answer(31, "walks-frames-and-objects", FRAMES, "raises"),
    runs(
        31,
        "imports-the-reference",
        "from selfattn_ref import causal_mask as known\nreturn known(q_len, k_len)",
        "raises",
    ),
    runs(31, "imports-the-checks", "from selfattn_check import EXERCISES", "raises"),
    runs(
        31,
        "looks-for-the-reference",
        "import glob\nopen([p for p in glob.glob('/course/**/masks.py', recursive=True) if 'selfattn_ref' in p][0])",
        "raises",
    ),
    runs(32, "reads-classmates", "import os; os.listdir('@TRIAL@/submitted')", "raises"),
    runs(32, "reads-the-seed", "open('@TRIAL@/gradebook.db.seed').read()", "raises"),
    runs(32, "reads-home", "import os; os.listdir('/home') + os.listdir(os.path.expanduser('~root/.ssh'))", "raises"),
    runs(32, "reads-the-environment", "import os; os.environ['SELFATTN_CHECK_SEED']", "raises"),
    runs(32, "reads-other-processes", "open('/proc/1/environ').read()", "raises"),
    runs(33, "writes-the-gradebook", write("gradebook.db"), "raises"),
    runs(33, "writes-results", write("grading/canary"), "raises"),
    runs(
        33,
        "opens-the-gradebook",
        "import sqlite3; sqlite3.connect('@TRIAL@/gradebook.db').execute('select 1')",
        "raises",
    ),
    runs(33, "writes-its-libraries", "open(np.__file__, 'a')", "raises"),
    answer(34, "daemon-while-loading", DAEMON + WRONG),
    runs(34, "daemon-in-the-call", DAEMON.strip()),
    runs(35, "connects", "import socket; socket.create_connection(('127.0.0.1', 9), 1)", "raises"),
    runs(35, "resolves", "import socket; socket.getaddrinfo('name.example', 80)", "raises"),
    runs(35, "raw-socket", "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)", "raises"),
    runs(35, "abstract-socket", "import socket; socket.socket(socket.AF_UNIX).connect('\\0canary')", "raises"),
    runs(35, "socket-to-the-machine-below", "import socket; socket.socket(40, socket.SOCK_STREAM)", "raises"),
    runs(35, "socket-into-the-kernel", "import socket; socket.socket(16, socket.SOCK_RAW)", "raises"),
    runs(
        32,
        "makes-a-namespace",
        "import ctypes\nif ctypes.CDLL(None).unshare(0x10000000): raise OSError('denied')",
        "raises",
    ),
    answer(
        36,
        "pickle-as-a-result",
        "import pickle\n" + RETURNS.format(result="np.frombuffer(pickle.dumps(np.eye(2)), np.uint8)"),
    ),
    answer(36, "structured-array", RETURNS.format(result="np.zeros(3, [('a', 'O'), ('b', 'f8')])"), "wrong-type"),
    answer(38, "lying-signature", SIGNATURE),
    answer(39, "prints-hidden-values", RUNS.format(code=f"print({LEAK}, q_len)")),
    answer(
        39,
        "raises-hidden-values",
        RETURNS.format(result="1") + f"def causal_mask(q_len, k_len=None):\n    raise ValueError({LEAK})",
        "raises",
    ),
    answer(
        39,
        "raises-a-telling-class",
        f"def causal_mask(q_len, k_len=None):\n    raise type({LEAK}, (KeyError,), {{}})()",
        "raises",
    ),
    answer(39, "returns-a-telling-class", RETURNS.format(result=f"type({LEAK}, (), {{}})()"), "wrong-type"),
    answer(39, "returns-telling-keys", RETURNS.format(result=f"{{{LEAK}: 1}}"), "wrong-type"),
    answer(39, "returns-telling-numbers-as-keys", RETURNS.format(result="{7731: 4242}"), "wrong-type"),
    answer(39, "telling-parameters", f"exec('def causal_mask(' + {LEAK} + '): pass')", "wrong-signature"),
    answer(39, "telling-shape", RETURNS.format(result="np.zeros((7731, 4242, 0), bool)"), "wrong-shape"),
    answer(39, "telling-length", RETURNS.format(result="(0,) * 7731"), "wrong-type"),
    answer(39, "telling-line", "#\n" * 7731 + "def causal_mask(q_len, k_len=None):\n    raise ValueError", "raises"),
    answer(29, "number-beyond-64-bits", RETURNS.format(result="2**70"), "wrong-type"),
    answer(41, "hard-coded", HARD_CODED),
    answer(
        47,
        "uses-scipy",
        "def masked_softmax(scores, mask=None):\n    import scipy.special\n    return scipy.special.softmax(scores)",
        "raises",
        exercise="masked_softmax",
    ),
    answer(
        47,
        "uses-torch",
        "def masked_softmax(scores, mask=None):\n    import torch\n    return torch.softmax(scores, -1)",
        "raises",
        exercise="masked_softmax",
    ),
    Case(7, "deeply-nested", lambda n: b"[" * 10**6, status="unreadable", flags=("unreadable",)),
    Case(
        7,
        "enormous-number",
        lambda n: b'{"nbformat": ' + b"9" * 10**5 + b"}",
        status="unreadable",
        flags=("unreadable",),
    ),
    Case(
        40,
        "script-in-markdown",
        edit(
            lambda n: n["cells"].insert(
                0, {"cell_type": "markdown", "id": "own", "metadata": {}, "source": "<script>LEAK" + "ED</script>"}
            )
        ),
    ),
    Case(
        40,
        "script-in-outputs",
        lambda n: json.loads(
            json.dumps(n).replace(
                '"outputs": []',
                '"outputs": [{"output_type": "display_data", "metadata": {}, "data": {"text/html": '
                '"<script>LEAKED</script>"}}]',
            )
        ),
    ),
]
