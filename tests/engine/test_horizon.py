import pytest

from tierwise.core.catalog import Outlook
from tierwise.engine.horizon import NOTHING, outlook

ANY = (Outlook("", 0, 60, 800, 300), Outlook("", 10, 70, 900, 500))
CODEX = (Outlook("codex", 3, 110, 5000, 400), Outlook("codex", 50, 100, 2000, 331))
ROWS = (*ANY, *CODEX)


@pytest.mark.parametrize(
    ("client", "calls", "row"),
    [
        ("", 0, ANY[0]),
        ("", 9, ANY[0]),
        ("", 10, ANY[1]),
        ("", 10_000, ANY[1]),
        ("a client no log is of", 12, ANY[1]),
        ("codex", 3, CODEX[0]),
        ("codex", 49, CODEX[0]),
        ("codex", 51, CODEX[1]),
    ],
)
def test_the_last_row_that_starts_before_holds(client: str, calls: int, row: Outlook) -> None:
    assert outlook(ROWS, client, calls) == row
    assert outlook(ROWS[::-1], client, calls) == row


def test_before_the_first_row_nothing_is_expected() -> None:
    assert outlook(CODEX, "codex", 2) == NOTHING


def test_a_table_that_has_no_rows_for_a_client_or_for_any_expects_nothing() -> None:
    assert outlook(CODEX, "aider", 5) == NOTHING
    assert outlook((), "codex", 5) == NOTHING
    assert NOTHING.remaining == 0
