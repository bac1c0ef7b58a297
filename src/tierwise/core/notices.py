"""Things that happen beside requests and that somebody who runs a gateway wants to hear of: a closed list, and one way to tell of them.

Whoever notices something tells a `Teller`; where that goes (a log line, a counter, nowhere) is not theirs to know.
"""

from types import MappingProxyType
from typing import Final, Literal, Protocol

from msgspec import Struct

Weight = Literal["note", "warning", "alarm"]


class Row(Struct, frozen=True, gc=False):
    """What a kind of notice means: how much it weighs, what happened in plain words, and whether the message may have several lines."""

    weight: Weight
    says: str
    long: bool = False


class Notice(Struct, frozen=True):
    """Something that happened: its kind (a key of NOTICES), what else is to be said of it, and names and numbers that belong to it.

    Nothing in it may be secret. `at` is in milliseconds since the epoch; 0 stands for now.
    """

    kind: str
    message: str = ""
    about: dict[str, str | int | float] = {}
    at: int = 0


class Teller(Protocol):
    """Somebody who passes notices on. `tell` may be called from any thread; it never waits and never fails."""

    def tell(self, notice: Notice) -> None:
        """Pass a notice on."""


class Silent(Struct, frozen=True):
    """A teller whom nobody listens to."""

    def tell(self, notice: Notice) -> None:
        """Do nothing."""


NOTICES: Final = MappingProxyType(
    {
        "started": Row("note", "the gateway has started"),
        "stopped": Row("note", "the gateway has stopped"),
        "crashed": Row("alarm", "the gateway had an error of its own", long=True),
        "key_created": Row("note", "a key was created"),
        "key_changed": Row("note", "a key was changed"),
        "key_rotated": Row("note", "a key was given a new secret"),
        "key_revoked": Row("warning", "a key was revoked"),
        "budget_changed": Row("note", "a budget was set or changed"),
        "budget_dropped": Row("note", "a budget was taken away"),
        "budget_alert": Row("warning", "a budget has reached a share of its limit"),
        "budget_spent": Row("alarm", "a budget is used up; its requests are refused until it begins anew"),
        "webhook_failed": Row("warning", "an alert could not be posted"),
        "endpoint_rests": Row("warning", "an endpoint rests"),
        "endpoint_serves": Row("note", "an endpoint serves again"),
        "store_away": Row("alarm", "the store cannot be reached; records wait in the spool"),
        "store_back": Row("note", "the store can be reached again"),
        "store_wrong": Row("alarm", "the store cannot be used"),
        "spool_full": Row("alarm", "the spool is nearly full; bodies are left out of records"),
        "spool_sheds": Row("alarm", "the spool is full; records are lost"),
        "spool_damaged": Row("alarm", "a part of the spool cannot be read and was set aside"),
        "disk_fails": Row("alarm", "the spool cannot be written; records are only in memory"),
        "disk_works": Row("note", "the spool can be written again"),
        "writer_died": Row("alarm", "the writer's process has ended and was started again"),
        "ledger": Row("warning", "the ledger"),
        "telemetry_off": Row("warning", "no telemetry is sent"),
        "telemetry_sheds": Row("warning", "telemetry was dropped"),
        "lines_shed": Row("warning", "log lines were dropped, since they were not taken fast enough"),
        "other": Row("note", ""),
    }
)
"""What each kind of notice means. 'other' is for whatever a plugin has to say."""


def told(notice: Notice) -> str:
    """A notice in a sentence: what happened, and what else is to be said of it."""
    says = NOTICES[notice.kind].says
    return f"{says}: {notice.message}" if says and notice.message else says or notice.message
