"""Kill -9 at random points under load, of processes that record and of the writer: nothing is lost or doubled.

`python -m benchmarks kills` does it two hundred times.
"""

from pathlib import Path

from benchmarks.kit.killing import drill
from tests.ledger.spooled import Said
from tierwise import plugins
from tierwise.ledger import addresses, segments


def test_what_was_recorded_outlasts_kills_and_is_stored_once(tmp_path: Path) -> None:
    address, folder, said = str(tmp_path / "ledger.db"), tmp_path / "spool", Said()
    store = addresses.opened(address, plugins.found(plugins.STORES))
    try:
        toll = drill(6, folder, address, store, said)
    finally:
        store.close()
    assert (toll.kills, toll.lost, toll.doubled, toll.miscounted) == (6, 0, 0, 0)
    assert toll.recorded > 100
    assert toll.writers > 0
    assert said.any("signal 9")
    assert segments.listed(folder) == []
