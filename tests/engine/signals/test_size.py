"""Tokens: exact when short, within the stated error when sampled, whatever the text holds."""

import base64
import json
import random
import statistics
from pathlib import Path
from types import SimpleNamespace

import pytest
import toktok
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Raw

from tests.engine.worlds import TABLES
from tierwise.core.decision import Size
from tierwise.core.request import Known, Request, Segment
from tierwise.engine.signals import size
from tierwise.engine.signals.size import SIGNAL

ROOT = Path(__file__).parents[3]


def tokens(text: str) -> int:
    """Tokens of a text by the tokenizer itself."""
    return int(toktok.batch_count([text], "o200k_base", 1)[0])


def read(*slices: str | bytes, images: int = 0) -> Size:
    """The size of a prompt of some slices of JSON."""
    raw = (one if isinstance(one, bytes) else one.encode() for one in slices)
    segments = tuple(Segment("message", "user", Raw(one)) for one in raw)
    found = SIGNAL.read(Request("anthropic", "m0", segments=segments, images=images), TABLES, {})
    assert isinstance(found, Size)
    return found


def test_a_short_prompt_is_counted_exactly() -> None:
    text = json.dumps({"role": "user", "content": "def parse(line):\n\treturn line.split('\\t')"})
    assert read(text) == Size(tokens(text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\t", "\\t")), len(text), 0.0)


def test_the_size_is_that_of_all_slices() -> None:
    assert read('"one"', '"two"').size == 10


def test_nothing_has_no_tokens() -> None:
    assert read() == Size(0, 0, 0.0)


def test_a_log_knows_its_tokens() -> None:
    request = Request("log", "m0", segments=(Segment("message", "user", Raw(b'"x"')),), known=Known(12_345))
    assert SIGNAL.read(request, TABLES, {}) == Size(12_345, 12_345, 0.0)


@given(st.text(max_size=60), st.booleans())
@example("a\\n is no newline, \\\\u0041 is no letter", True)  # noqa: FBT003  # as it is drawn
@example("smiles \U0001f600 and \u4e2d\u6587 and \x07", True)  # noqa: FBT003  # as it is drawn
@example("\\\\\\", False)  # noqa: FBT003  # as it is drawn
def test_escapes_are_undone_as_a_json_parser_undoes_them(text: str, ascii_only: bool) -> None:  # noqa: FBT001  # drawn
    written = json.dumps(text.replace("\0", ""), ensure_ascii=ascii_only)
    assert size.text(written.encode()) == f'"{text}"'.replace("\0", "")


@given(st.binary(max_size=80))
@example(b'"\\ud83d"')
@example(b'"\\ude00\\ud83d\\u0041')
@example(b"\\u12")
@example("\u4e2d".encode()[1:] + b"x" + "\u4e2d".encode()[:2])
def test_any_stretch_of_bytes_has_a_text_that_can_be_counted(raw: bytes) -> None:
    assert size.exact([size.text(raw)]) >= 0


def test_half_a_surrogate_pair_is_dropped() -> None:
    assert size.text(b"a\\ud83db") == "ab"
    assert size.text(b"a\\ude00\\ud83d\\u0041") == "aA"


def test_a_picture_counts_as_a_picture_and_not_as_its_base64() -> None:
    data = base64.b64encode(random.Random(1).randbytes(60_000)).decode()  # noqa: S311  # any bytes will do
    for source in (data, f"data:image/png;base64,{data}"):
        found = read(json.dumps({"type": "image", "data": source}), images=1)
        assert found.tokens == pytest.approx(size.IMAGE, abs=20)
        assert found.size > 80_000


def test_a_long_word_that_is_no_picture_is_counted() -> None:
    assert read(json.dumps("x" * 300), images=1).tokens > size.IMAGE + 30


@pytest.mark.parametrize(
    ("length", "error"),
    [
        (size.EXACT, 0.0),
        (size.EXACT + 1, size.ROUGH),
        (size.BRIEF, size.ROUGH),
        (size.BRIEF + 1, size.ERROR),
        (size.LONG, size.ERROR),
        (size.LONG + 1, size.CLOSER),
    ],
)
def test_the_error_is_stated_from_where_samples_are_taken(length: int, error: float) -> None:
    assert read(b"a" * length).error == error


def written(text: str) -> bytes:
    """A text as it stands in a request."""
    return json.dumps({"role": "user", "content": text}, ensure_ascii=False).encode()


def off(text: str) -> float:
    """How far off the sampled count of a text is, in errors as they are stated."""
    found, exact = read(written(text)), tokens(size.text(written(text)))
    return abs(found.tokens - exact) / exact / found.error


def texts() -> list[str]:
    """The repository's own files, and stretches of them in another order: code, prose, tables."""
    paths = sorted(path for kind in ("src/**/*.py", "src/**/*.csv", "tests/**/*.py", "*.md", "docs/**/*.md") for path in ROOT.glob(kind))
    found = [path.read_text(encoding="utf-8") for path in paths]
    whole = "\n".join(found)
    cuts = [whole[start : start + length] for length in (50_000, 200_000) for start in range(0, len(whole) - length, length // 2)]
    return [text for text in (*found, *cuts) if len(written(text)) > size.EXACT]


def test_sampled_counts_of_the_repositorys_own_files_are_within_the_stated_error() -> None:
    errors = sorted(map(off, texts()))
    assert len(errors) > 20
    assert statistics.quantiles(errors, n=20)[-1] <= 1
    assert statistics.median(errors) <= 1 / 2


SAID = {
    "Chinese": "\u6211\u4eec\u9700\u8981\u4fee\u590d\u8fd9\u4e2a\u5931\u8d25\u7684\u6d4b\u8bd5\u3002",
    "Japanese": "\u3053\u306e\u30c6\u30b9\u30c8\u306f\u7a7a\u884c\u3067\u5931\u6557\u3057\u307e\u3059\u3002",
    "Russian": "\u041d\u0443\u0436\u043d\u043e "
    "\u0438\u0441\u043f\u0440\u0430\u0432\u0438\u0442\u044c \u044d\u0442\u043e\u0442 \u0442\u0435\u0441\u0442. ",
    "smiles": "done \U0001f600\U0001f389, next ",
    "English": "We need to fix this failing test: the parser breaks on empty lines. ",
}


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("script", SAID)
def test_every_script_is_within_the_stated_error_as_characters_or_as_numbers(script: str, ascii_only: bool) -> None:  # noqa: FBT001  # a column
    text = "".join(random.Random(3).choices(SAID[script].split(" "), k=5000)) + SAID[script] * 2000  # noqa: S311  # the same each time
    raw = json.dumps(text, ensure_ascii=ascii_only).encode()
    assert read(raw).tokens == pytest.approx(tokens(f'"{text}"'), rel=size.ERROR)


def test_half_a_surrogate_pair_among_many_numbers_is_borne() -> None:
    raw = b'"' + b"\\u4e2d" * 20_000 + b'\\ud83d"'
    assert read(raw).tokens > 0


def test_an_escape_at_the_end_of_a_stretch_is_not_taken_for_a_backslash() -> None:
    assert "\\" not in size.unescaped(size.stretches(b"abc\\n" * 4000))


def test_long_prompts_are_sampled_more_closely() -> None:
    lengths = (size.BRIEF, size.BRIEF + 1, size.LONG, size.LONG + 1)
    found = [size.stretches(b"a" * length).count("\n") + 1 for length in lengths]
    assert found == [size.FEWEST, size.FEW, size.FEW, size.MANY]


@pytest.mark.parametrize("text", ["", "hello world", "naïve 日本語 text", "x" * 5000])
def test_a_text_is_counted_the_same_where_the_tokenizer_only_counts_batches(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = size._counter()(text)
    monkeypatch.setattr(size, "toktok", SimpleNamespace(batch_count=toktok.batch_count))
    assert size._counter()(text) == usual == tokens(text)
