"""The same random examples on every run: failures repeat, and no example database is left behind."""

import numpy as np
import pytest
from hypothesis import settings

# Imported by name where they are needed; collected as modules too, they would register twice.
collect_ignore = ["specimens"]

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None, max_examples=50)
settings.load_profile("repeatable")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261123)
