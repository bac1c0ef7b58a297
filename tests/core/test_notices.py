"""The closed list of notices, and how one is told."""

import pytest

from tierwise.core.notices import NOTICES, Notice, Silent, told


@pytest.mark.parametrize("kind", [kind for kind in NOTICES if kind != "other"])
def test_every_row_says_what_happened_in_plain_words(kind: str) -> None:
    row = NOTICES[kind]
    assert row.weight in {"note", "warning", "alarm"}
    assert row.says
    assert row.says[0].islower()
    assert not row.says.endswith(".")


def test_two_rows_never_say_the_same() -> None:
    assert len({row.says for row in NOTICES.values()}) == len(NOTICES)


@pytest.mark.parametrize(
    ("notice", "sentence"),
    [
        (Notice("endpoint_rests"), "an endpoint rests"),
        (Notice("endpoint_rests", "one/alpha"), "an endpoint rests: one/alpha"),
        (Notice("other", "something of a plugin's own"), "something of a plugin's own"),
        (Notice("other"), ""),
    ],
)
def test_a_notice_is_told_in_a_sentence(notice: Notice, sentence: str) -> None:
    assert told(notice) == sentence


def test_the_silent_one_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    Silent().tell(Notice("store_away"))
    assert capfd.readouterr() == ("", "")
