"""The ledger's store for a command that reads it: the one it is told, else the settings' own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tierwise import plugins
from tierwise.assembly import House
from tierwise.ledger import Store, StoreWrong, addresses


@contextmanager
def opened(house: House, said: str | None) -> Iterator[Store]:
    """A store that is closed afterwards. StoreWrong where there is none: a command that reads makes no file."""
    address = said or settled(house)
    kinds = plugins.found(plugins.STORES)
    if addresses.kind(address or str(addresses.default()), kinds).name == "sqlite":
        path = addresses.file(address) if address else addresses.default()
        if not path.is_file():
            raise StoreWrong(f"{path}: no ledger there; give --store ADDRESS, or ledger.store in tierwise.yaml")
    store = addresses.opened(address, kinds)
    try:
        yield store
    finally:
        store.close()


def settled(house: House) -> str:
    """The address that the settings give, '' where they give none."""
    said = house.settings.ledger
    if said.store is None and said.store_env is not None:
        found = os.environ.get(said.store_env, "")
        if not found:
            raise StoreWrong(f"ledger.store_env: the environment has no {said.store_env}")
        return found
    return said.store or ""
