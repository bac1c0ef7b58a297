"""Models are asked for by the names they have at Fireworks."""

import pytest

from tierwise.providers.fireworks import PROVIDER


@pytest.mark.parametrize(
    ("model", "called"),
    [
        ("deepseek-v4.1-flash", "accounts/fireworks/models/deepseek-v4p1-flash"),
        ("kimi-k3", "accounts/fireworks/models/kimi-k3"),
        ("accounts/ours/models/tuned", "accounts/ours/models/tuned"),
    ],
)
def test_a_name_becomes_a_path_with_p_for_dots(model: str, called: str) -> None:
    assert PROVIDER.called is not None
    assert PROVIDER.called(model) == called
