"""A server may have many connections open."""

import resource
import subprocess
import sys

from tierwise.cli import descriptors

RAISE = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, {hard}))
from tierwise.cli.descriptors import raised
print(raised())
"""


def raised(hard: int) -> int:
    told = subprocess.run([sys.executable, "-c", RAISE.format(hard=hard)], capture_output=True, text=True, check=True)  # noqa: S603  # ourselves
    return int(told.stdout)


def test_the_limit_is_raised_as_far_as_the_system_lets_it() -> None:
    assert raised(512) == 512


def test_it_is_never_more_than_is_of_use() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = descriptors.MANY if hard == resource.RLIM_INFINITY else min(hard, descriptors.MANY)
    assert raised(hard) == most


def test_a_limit_that_is_high_enough_stays() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= descriptors.MANY or soft == hard:
        assert descriptors.raised() == soft
