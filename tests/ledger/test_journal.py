"""The gateway's ledger: it keeps the latest, spools everything, and never fails."""

import asyncio
import errno
import os
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.ledger.spooled import Said, entry, ids, opened, outcome, records
from tierwise.core.entry import Asker, Bodies, Entry, Latency
from tierwise.core.faults import Fault
from tierwise.ledger import journal, redaction
from tierwise.ledger.journal import SpoolWrong
from tierwise.ledger.spool import Limits, Shed

SECRET = "tw-" + "a" * 43


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "a" / "spool"


def test_records_are_found_and_spooled(folder: Path) -> None:
    one = opened(folder)
    for name in "abc":
        one.record(entry(name))
    one.record(outcome("d"))
    assert one.find("b") == entry("b")
    assert one.find("d") is None
    assert [each.id for each in one.recent(2)] == ["c", "b"]
    assert one.depth() > 0
    assert one.durable()
    asyncio.run(one.close())
    assert records(folder) == [entry("a"), entry("b"), entry("c"), outcome("d")]
    assert one.shed == Shed()


@pytest.mark.parametrize("size", [10, 20_000])
def test_bodies_are_spooled_redacted_and_not_kept_in_memory(folder: Path, size: int) -> None:
    one = opened(folder)
    full = entry("a", Bodies(b'{"key": "' + SECRET.encode() + b'"}', b"x" * size))
    one.record(full)
    assert one.find("a") == entry("a")
    asyncio.run(one.close())
    assert records(folder) == [replace(full, bodies=Bodies(b'{"key": "[redacted]"}', b"x" * size))]


def test_the_words_of_providers_are_redacted_in_memory_too(folder: Path) -> None:
    one = opened(folder)
    one.record(entry("a", fault=Fault("auth", f"wrong key {SECRET}")))
    one.record(outcome("b", f"it said {SECRET}"))
    assert SECRET not in repr(one.find("a"))
    asyncio.run(one.close())
    assert SECRET not in repr(records(folder))


def test_what_cannot_be_kept_is_said_and_nobody_fails(folder: Path) -> None:
    class Odd(list[Any]):
        """It holds itself."""

    odd = Odd()
    odd.append(odd)
    said = Said()
    one = opened(folder, say=said)
    one.record(Entry("a", 1, Asker("", "", "", "", "", tags=(odd,)), None, (), Latency(), 200))  # type: ignore[arg-type]  # that is what is tried
    one.record(Entry("b", 1, Asker("", "", "", "", "", tags=(odd,)), None, (), Latency(), 200, bodies=Bodies(b"x" * 9000, b"")))  # type: ignore[arg-type]  # the same
    one.record(entry("c"))
    asyncio.run(one.close())
    assert ids(folder) == ["c"]
    assert one.shed.records == 2
    assert said.any("a CANNOT BE KEPT")


def test_a_folder_that_can_never_be_a_spool_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(SpoolWrong, match=r"ledger\.spool: .*file.* cannot be used"):
            opened(folder)


def test_a_disk_that_is_full_at_the_start_stops_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    said = Said()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", full)
        one = opened(folder, say=said)
    one.record(entry("a"))
    assert said.any(f"{folder} cannot be written to (No space left on device)")
    folder.mkdir(parents=True)
    asyncio.run(one.close())
    assert ids(folder) == ["a"]


def test_no_two_processes_have_one_name() -> None:
    names = {journal.holder() for _ in range(100)}
    assert len(names) == 100
    assert all(str(os.getpid()) in name for name in names)


def test_a_process_can_be_given_its_name(folder: Path) -> None:
    one = journal.opened(folder, redaction.rules(), Limits(), "gateway-7", Said())
    one.record(entry("a"))
    asyncio.run(one.close())
    assert any(path.name.startswith("gateway-7-0") for path in folder.iterdir())
