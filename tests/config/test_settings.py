"""The words settings know are those the rest of the program knows."""

from typing import get_args

import pytest

from tierwise import plugins
from tierwise.config.settings import Kind, Settings, Tier, WireName
from tierwise.core.tasks import KINDS


def test_kinds_of_work_are_the_engines() -> None:
    assert set(get_args(Kind)) == set(KINDS)


def test_wires_are_those_that_are_there() -> None:
    assert set(get_args(WireName)) == {wire.name for wire in plugins.found(plugins.WIRES)}


def test_there_are_three_tiers() -> None:
    assert get_args(Tier) == ("flash", "mid", "premium")


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(AttributeError):
        Settings().floor = 0.2  # type: ignore[misc]
