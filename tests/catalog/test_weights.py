"""The shipped weights: their size, and what they make of plain requests in several languages."""

from importlib.resources import files

import pytest

from tierwise.catalog import weights
from tierwise.core.tasks import KINDS
from tierwise.engine.learned import reading
from tierwise.engine.traits import traits

KNOWN = weights.learned()


def test_they_are_small_and_say_what_they_were_learned_from() -> None:
    size = len(files("tierwise.catalog").joinpath("data", weights.FILE).read_bytes())
    found = weights.weights()
    assert size < 2_000_000
    assert found.kinds == KINDS
    assert "MIT" in found.source


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("fix the typo in the readme", "docs"),
        ("the login crashes with an exception, find the cause", "debug"),
        ("refactor the parser into two modules", "refactor"),
        ("commit this", "chore"),
        ("review my pull request", "review"),
        ("write unit tests for the tokenizer", "test"),
        ("how does the cache decide what to keep?", "explain"),
        ("add a --verbose flag to the importer", "feature"),
        ("rename user_id to account_id", "boilerplate"),
        ("set up terraform for staging", "infra"),
        ("check the upload endpoint for security vulnerabilities", "security"),
        ("design a plugin architecture", "plan"),
        ("der Test schlägt fehl, bitte reparieren", "debug"),
        ("écris des tests unitaires pour l'analyseur", "test"),
        ("revisa mis cambios por favor", "review"),
        ("请修复这个错误", "debug"),
    ],
)
def test_plain_requests_are_read_for_what_they_are(said: str, kind: str) -> None:
    found = reading(KNOWN, traits(said, "")).kinds
    assert max(found, key=found.__getitem__) == kind


def test_easy_work_is_told_from_hard_work() -> None:
    easy, hard = (
        reading(KNOWN, traits(said, "")).difficulties for said in ("commit this", "find the race that deadlocks the two services")
    )
    assert easy[0] > 0.8
    assert hard[0] < 0.5
