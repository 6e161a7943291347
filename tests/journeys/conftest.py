"""All example scenarios are played once, in parallel, for every test that looks at them."""

import os
from collections.abc import Iterator

import pytest

from .playing import Playing, scenario_names


@pytest.fixture(scope="session")
def playing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playing]:
    """Results by scenario name."""
    runs = Playing(tmp_path_factory.mktemp("scenarios"))
    if "PYTEST_XDIST_WORKER" not in os.environ:  # each worker plays only what its own tests ask for
        for name in scenario_names():
            runs.start(name)
    yield runs
    runs.close()
