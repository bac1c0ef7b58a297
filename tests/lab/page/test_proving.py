"""The page of a report: self-contained, escaped, the same numbers as the terminal's."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.lab.test_proof import proved, row
from tierwise.core.money import PER_DOLLAR
from tierwise.lab.page import proving
from tierwise.lab.page.document import FORBIDDEN
from tierwise.lab.proof import DAY, KEYS


def drawn(spec: Mapping[str, Any]) -> str:
    return f"<svg data-title='{spec.get('description', '')[:10]}'></svg>"


def rows(**more: Any) -> list[Any]:
    usual: dict[str, Any] = {"cost": PER_DOLLAR, "baseline": 2 * PER_DOLLAR, "bill": (0, 0, 0, 0, PER_DOLLAR)}
    return [row(number, at=number * DAY, **({"session": f"s{number % 7}"} | usual | more)) for number in range(1, 30)]


@pytest.mark.parametrize("by", KEYS)
def test_a_page_loads_nothing_and_says_what_is_saved(by: str) -> None:
    page = proving.rendered(proved(rows(), by), "opus", drawn)
    assert page.startswith("<!DOCTYPE html>")
    assert FORBIDDEN in page.replace("&#x27;", "'")
    assert "://" not in page
    assert "<script" not in page
    assert "50.0% saved" in page
    assert page.count("<svg") >= 2


def test_what_a_ledger_says_is_never_markup() -> None:
    page = proving.rendered(proved(rows(team="<b>x</b>", session="<i>"), "team"), "<u>", drawn)
    assert "<b>" not in page
    assert "<i>" not in page
    assert "<u>" not in page
    assert "&lt;b&gt;" in page


def test_what_is_not_known_is_said_and_not_drawn() -> None:
    page = proving.rendered(proved(rows(cost=None, bill=None, baseline=None, cost_because="no price", usage=None)), "", drawn)
    assert "There is no spend to show." in page
    assert "No saving can be shown" in page
    assert "no price: 29 requests" in page
    assert "There are none." in page


def test_only_the_dearest_parts_are_drawn_and_all_are_in_the_table() -> None:
    many = [row(number, model=f"model-{number}", cost=number, baseline=2 * number, session=f"s{number}") for number in range(1, 40)]
    page = proving.rendered(proved(many), "opus", drawn)
    assert "Left out: 15 parts that cost less." in page
    assert all(f"model-{number}<" in page for number in range(1, 40))


def test_real_pictures_can_be_drawn() -> None:
    assert proving.rendered(proved(rows(), "team"), "opus").count("<svg") >= 4
