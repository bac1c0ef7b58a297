"""The SDKs' own tests of the calls they make, out of their source packages: they hold every answer to the SDK's types, strictly."""

from collections.abc import Sequence
from itertools import count
from typing import Final

from judges.kit.judge import Case, Court
from judges.kit.running import junit, ran
from judges.kit.sources import unpacked

TOOLS: Final = tuple(
    "pytest==9.2.0 pytest-asyncio==1.5.0 rich==15.0.0 inline-snapshot==0.36.1 http-snapshot==0.1.9 trio==0.35.0 respx==0.23.1"
    " dirty-equals==0.11 time-machine==3.6.0 nest-asyncio==1.6.0".split()
)
RESOURCES: Final = "tests/api_resources"


def tested(court: Court, source: tuple[str, str], url: str, chosen: Sequence[tuple[str, str]]) -> Sequence[Case]:
    """The cases of a package and version, from test files with pytest's choice (-k) among the tests of each."""
    tests = unpacked(*source, "tests")
    cases: list[Case] = []
    for place, (file, wanted) in zip(count(), chosen, strict=False):
        report = court.folder / f"{place}.xml"
        loops = ("-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=session")
        quick = ("-q", "-p", "no:cacheprovider", "-o", "addopts=", *loops, "-k", f"not aiohttp and ({wanted})", f"--junitxml={report}")
        command = (str(court.bin / "python"), "-m", "pytest", *quick, f"{RESOURCES}/{file}")
        ran(command, court.folder, {"TEST_API_BASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}, tests.parent)
        cases += junit(report)
    return cases
