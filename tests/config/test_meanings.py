"""Every key means something, and editors are told."""

import json

import msgspec
import pytest

from tierwise.config.meanings import MEANINGS
from tierwise.config.reader import schema


@pytest.mark.parametrize("shape", MEANINGS, ids=lambda shape: shape.__name__)
def test_every_key_has_a_meaning_and_the_schema_tells_it(shape: type[msgspec.Struct]) -> None:
    told = json.loads(schema())["$defs"][shape.__name__]["properties"]
    assert {key: told[key]["description"] for key in told} == dict(MEANINGS[shape])
    assert set(told) == set(shape.__struct_fields__)
