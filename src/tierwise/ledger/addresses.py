"""What the address of a store means: which kind of database, and where. No message shows a password.

data/ledger.db, sqlite:///data/ledger.db      a file of SQLite, relative to where the command runs
sqlite:////var/lib/tierwise/ledger.db         the same, from the root
postgresql://user@host:5432/database          Postgres
memory:                                       nothing is kept
"""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import platformdirs

from tierwise.ledger import Store, StoreKind, StoreWrong

FILE: Final = "ledger.db"
PATH: Final = ""
"""The scheme of addresses that are paths."""

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_PAIRS: Final = re.compile(r"(^|\s)(host|hostaddr|port|dbname|user|password|service)\s*=", re.IGNORECASE)
_SETTING: Final = re.compile(r"([?&]([^=&]*)=)([^&]*)")

OPEN: Final = frozenset(
    "host hostaddr port dbname user service passfile options application_name fallback_application_name client_encoding connect_timeout "
    "keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout target_session_attrs load_balance_hosts "
    "replication sslmode sslnegotiation sslcompression sslcert sslkey sslrootcert sslcrl sslcrldir sslsni ssl_min_protocol_version "
    "gssencmode krbsrvname gsslib requirepeer require_auth channel_binding".split()
)
"""The settings in an address that anybody may see; the value of any other may be a password, be it misspelt."""


def default() -> Path:
    """The file that is used where nobody says anything else."""
    return platformdirs.user_data_path("tierwise", appauthor=False) / FILE


def scheme(address: str) -> str:
    """How an address begins, in lower case; '' for a path. One letter and a colon is a drive."""
    found = _SCHEME.match(address)
    return PATH if found is None else found[1].lower()


def kind(address: str, kinds: Iterable[StoreKind]) -> StoreKind:
    """The kind of store an address is of; StoreWrong for one that nobody knows."""
    said, known = scheme(address), {name: one for one in kinds for name in one.schemes}
    if said == PATH and _PAIRS.search(address):
        raise StoreWrong("the store's address is a list of settings; write it as postgresql://user@host:5432/database")
    if said in known:
        return known[said]
    named = sorted(name for name in known if name)
    close = difflib.get_close_matches(said, named, 1, 0.5)
    nearest = f"did you mean {close[0]}:?" if close else f"known are {', '.join(f'{name}:' for name in named)}, or the path of a file"
    raise StoreWrong(f"a store's address cannot begin with {said}: ({nearest})")


def opened(address: str, kinds: Iterable[StoreKind]) -> Store:
    """The store at an address, the default one where it is empty. Nothing is asked of it yet."""
    said = address.strip() or str(default())
    return kind(said, kinds).opened(said)


def shown(address: str) -> str:
    """An address as people may see it: without password, and without anything else that is said to be secret."""
    if scheme(address) == PATH:
        return address
    begin, slashes, rest = address.partition("://")
    if not slashes:
        return address
    where, mark, settings = rest.partition("?")
    user, at, host = where.rpartition("@")
    named = f"{user.partition(':')[0]}{at}" if at else ""
    return f"{begin}://{named}{host}{_SETTING.sub(_starred, mark + settings)}"


def _starred(found: re.Match[str]) -> str:
    return found[0] if found[2] in OPEN else f"{found[1]}***"


def secrets(address: str) -> tuple[str, ...]:
    """The texts in an address that nobody may see, as they stand and as they are meant."""
    if "://" not in address:
        return ()
    where, mark, settings = address.partition("://")[2].partition("?")
    user, _, _ = where.rpartition("@")
    found = [user.partition(":")[2], *(one[3] for one in _SETTING.finditer(mark + settings) if one[2] not in OPEN)]
    return tuple(dict.fromkeys(text for one in found for text in (one, unquote(one)) if text))


def veiled(message: str, address: str) -> str:
    """A message of somebody else's without the secrets of an address, in one line."""
    for secret in sorted(secrets(address), key=len, reverse=True):
        message = message.replace(secret, "***")
    return " ".join(message.split())


def file(address: str) -> Path:
    """The path an address of a file means: after sqlite:/// relative, after sqlite://// from the root."""
    if scheme(address) == PATH:
        return Path(address).expanduser()
    rest = address.partition(":")[2]
    return Path(unquote(rest.removeprefix("///") if rest.startswith("///") else rest.removeprefix("//"))).expanduser()
