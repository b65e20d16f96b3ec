"""A key for the length of one run: who does not hold it gets no word with the workers, though the port is open."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from distributed.security import Security

__all__ = ["NoKey", "own_key"]


class NoKey(RuntimeError):  # noqa: N818 — says what is the case
    """The key cannot be made."""


@contextmanager
def own_key() -> Iterator[Security]:
    """Dask's settings for TLS with a fresh key on both sides, which lies in a folder that only you can read.

    Dask makes such keys by itself where the package `cryptography` is installed; the course does without it.

    Raises:
        NoKey: there is no `openssl` to make the key with.
    """
    with tempfile.TemporaryDirectory() as folder:  # made with mode 0700
        key, certificate = Path(folder) / "key.pem", Path(folder) / "certificate.pem"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command += ["-keyout", str(key), "-out", str(certificate), "-days", "30", "-subj", "/CN=selfattn-grade"]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise NoKey("the workers' key needs openssl (apt install openssl)") from error
        yield Security(
            require_encryption=True,
            tls_ca_file=certificate.read_text(),
            **{f"tls_{role}_cert": certificate.read_text() for role in ("client", "scheduler", "worker")},
            **{f"tls_{role}_key": key.read_text() for role in ("client", "scheduler", "worker")},
        )
