"""When the people of the demo work: sessions of the sample log spread over four weeks that end now."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from msgspec.structs import replace

from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.lab.call import Call
from tierwise.lab.seeding import Run
from tierwise.lab.seeding.cast import PEOPLE
from tierwise.lab.sessions import Session

DAY: Final = 86_400_000
HOUR: Final = 3_600_000
DAYS: Final = 28
BUSY: Final = (7, 8, 10, 9, 8, 1, 1)
"""Sessions a day, from Monday on."""

THURSDAY: Final = 3
"""The day of the week on which 1970 began, counted from Monday."""

MORNING: Final = 7 * HOUR
HOURS: Final = 11 * HOUR
"""When work begins (UTC), and for how long sessions begin."""

LATE: Final = 4
"""Sessions that end in the last minutes, whatever the hour: somebody who opens the demo sees them at work."""


def runs(sessions: Sequence[Session], now: int) -> Iterator[Run]:
    """Who runs which session when, the oldest first; none reaches beyond now."""
    chance = Random("four weeks")  # noqa: S311  # the same every time, that is the point
    weights = [person.weight for person in PEOPLE]
    for ago in range(DAYS, -1, -1):
        day = now // DAY - ago
        starts = sorted(day * DAY + MORNING + round(HOURS * chance.random()) for _ in range(BUSY[(day + THURSDAY) % 7]))
        for index, start in enumerate(starts):
            session, person = chance.choice(sessions), chance.choices(PEOPLE, weights)[0]
            made = _at(session, start, f"{session.id}-{DAYS - ago:02d}{index:x}", 0.7 + 0.6 * chance.random())
            if made.calls[-1].at < now - HOUR:
                yield Run(made.id, person, _by(made, person.client))
    for index in range(LATE):
        session, person = chance.choice(sessions), PEOPLE[index]
        length = session.calls[-1].at - session.calls[0].at
        made = _at(session, now - length - 20_000 * (index + 1), f"{session.id}-now{index}", 1.0)
        yield Run(made.id, person, _by(made, person.client))


def _at(session: Session, start: int, name: str, size: float) -> Session:
    """A session that begins at another time, its prompts and answers larger or smaller all alike."""
    shift = start - session.calls[0].at
    calls = tuple(
        replace(one, session=name, at=one.at + shift, ended=one.ended and one.ended + shift, usage=_sized(one, size))
        for one in session.calls
    )
    return Session(name, session.thread, calls)


def _by(session: Session, client: str) -> Session:
    return Session(session.id, session.thread, tuple(replace(one, client=client) for one in session.calls))


def _sized(call: Call, size: float) -> Usage | Unknown:
    used = call.usage
    if isinstance(used, Unknown):
        return used
    fresh, read, short, long, output = (round(size * count) for count in (used.fresh, used.read, used.write_5m, used.write_1h, used.output))
    return Usage(fresh, read, short, long, max(output, 1))
