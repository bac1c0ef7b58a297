"""What all tests share: reproducible Hypothesis, and the shared data where it is there."""

import os
from collections.abc import Generator
from pathlib import Path

import coverage
import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before anything loads it: on small matrices two threads wait for each other
settings.register_profile("tierwise", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tierwise")

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's shared data; tests that need it are skipped where it is not there."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared, which is not part of the repository")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def _own_folder(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """A folder of the tests' own where a ledger would lie in the user's, also for the programs they start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Under coverage, tell which test file runs what: tools/suite.py holds each pure module to its own."""
    measuring = coverage.Coverage.current()
    if measuring is not None:
        measuring.switch_context(str(item.path.relative_to(item.config.rootpath)))
    return (yield)
