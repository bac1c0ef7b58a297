"""Texts as vectors: hashed words and pairs of words, weighed and turned onto few axes, beside a text's shape in steps.

Weights, axes and steps are found from the texts a method may learn from; the others are only looked at through them.
"""

import re
import zlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tierwise.lab.outcomes import Floats, Query, Whole

WIDTH: Final = 4096
"""Places that words are hashed to."""

AXES: Final = 192
MORE: Final = 16
"""Axes beyond those wanted, which make the search for them exact enough."""

SAMPLE: Final = 3000
"""Texts that the axes are found from."""

LONGEST: Final = 6000
"""Characters of a text that are read."""

TOKEN: Final = re.compile(r"[^\W\d_]+|\d|[^\w\s]|_")
WORD: Final = re.compile(r"[^\W\d_]+")
CAMEL: Final = re.compile(r"([a-z])([A-Z])")
NAMED: Final = re.compile(r'"name": ?"([^"]*)"')
DESCRIBED: Final = re.compile(r'"description": ?"([^"]*)"')
STEPS: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
STEP_WEIGHT: Final = 0.2
SLOPE_WEIGHT: Final = 0.1
STEM: Final = 5
"""Letters by which two forms of a word are taken for one."""

SHORT: Final = 3
"""Letters up to which a word says little."""

Counts = NDArray[np.float32]


class Read(NamedTuple):
    """Texts read once: hashed counts (one table for the words, one for the tools where there are any), shapes, and lengths."""

    counts: tuple[Counts, ...]
    shapes: Floats
    length: Floats


def read(known: Sequence[Query]) -> Read:
    """The texts of some queries, read."""
    texts, tools = [one.text[:LONGEST] for one in known], [one.tools[:LONGEST] for one in known]
    tables = [_counts(texts)] if any(texts) else []
    tables += [_counts(tools)] if any(tools) else []
    shapes = np.array([_shape(text, tool) for text, tool in zip(texts, tools, strict=True)])
    return Read(tuple(tables), shapes, np.array([len(one.text) + len(one.tools) for one in known], dtype=float))


def vectors(texts: Read, known: Whole) -> Floats:
    """The vectors of all texts, through weights, axes and steps found from those at the places that are known."""
    parts = [_turned(table, known) for table in texts.counts]
    return np.hstack([*parts, _steps(texts.shapes, known)]).astype(np.float64)


def _counts(texts: Sequence[str]) -> Counts:
    found = np.zeros((len(texts), WIDTH), dtype=np.float32)
    for row, text in zip(found, texts, strict=True):
        words = [word.lower() for word in TOKEN.findall(text)]
        pairs = [f"{one} {other}" for one, other in pairwise(words)]
        hashed = np.array([zlib.crc32(one.encode()) % WIDTH for one in (*words, *pairs)], dtype=np.int64)
        places, times = np.unique(hashed, return_counts=True)
        row[places] = 1 + np.log(times)
    return found


def _turned(table: Counts, known: Whole) -> Floats:
    """A table of counts, weighed by how rare each place is and turned onto its main axes."""
    here = table[known]
    weights = (np.log((1 + len(here)) / (1 + (here > 0).sum(0))) + 1).astype(np.float32)
    scaled = table * weights
    scaled /= np.linalg.norm(scaled, axis=1, keepdims=True) + np.float32(1e-9)
    dice = np.random.default_rng(0)
    some = scaled[dice.choice(known, min(SAMPLE, len(known)), replace=False)]
    return np.asarray(scaled @ _axes(some, min(AXES, len(some) - 1), dice), dtype=np.float64)


def _axes(rows: Counts, wanted: int, dice: np.random.Generator) -> Counts:
    found = rows @ dice.standard_normal((rows.shape[1], wanted + MORE), dtype=np.float32)
    for _ in range(2):
        found = np.linalg.qr(rows @ (rows.T @ found))[0]
    return np.asarray(np.linalg.svd(found.T @ rows, full_matrices=False)[2][:wanted].T)


def _steps(shapes: Floats, known: Whole) -> Floats:
    """Shapes as steps at their quantiles and as slopes, those that are the same everywhere left out."""
    here = shapes[known]
    edges = [np.unique(np.quantile(column, STEPS)) for column in here.T]
    steps = [
        (shapes[:, [place]] > edge[None]) - (here[:, [place]] > edge[None]).mean(0) for place, edge in enumerate(edges) if len(edge) > 1
    ]
    slopes = (shapes - here.mean(0)) / (here.std(0) + 1e-9)
    return np.hstack([*(STEP_WEIGHT * one for one in steps), SLOPE_WEIGHT * np.clip(slopes, -3, 3)])


def _shape(text: str, tools: str) -> list[float]:
    """What can be counted of a text and its tools, and how far the words of each are found in the other."""
    tokens, words = TOKEN.findall(text), WORD.findall(text)
    asked, offered = _stems(text), _stems(tools)
    named, described = _stems(" ".join(NAMED.findall(tools))), [_stems(one) for one in DESCRIBED.findall(tools)]
    marks = sum(text.count(mark) for mark in ("$", "\\", "="))
    sizes: list[Callable[[], int]] = [
        text.__len__, tokens.__len__, lambda: sum(one.isdigit() for one in tokens), lambda: text.count("\n"),
        lambda: sum(not one.isalnum() for one in tokens), lambda: sum(one.lower() == "and" for one in words), lambda: text.count(","),
        lambda: text.count("?"), lambda: text.count("."), lambda: marks, lambda: text.count("("),
        lambda: sum(one[0].isupper() for one in words), lambda: text.count('"') + text.count("'"), tools.__len__, described.__len__,
    ]  # fmt: skip
    return [
        *(float(np.log1p(size())) for size in sizes),
        sum(map(len, words)) / max(len(words), 1),
        len({one.lower() for one in words}) / max(len(words), 1),
        float(tools.count('"parameters"')),
        _share(asked, offered),
        _share(offered, asked),
        _share(named, asked),
        max((_share(one, asked) for one in described), default=0.0),
    ]


def _stems(text: str) -> set[str]:
    return {word.lower()[:STEM] for word in WORD.findall(CAMEL.sub(r"\1 \2", text).replace("_", " ")) if len(word) > SHORT}


def _share(some: set[str], among: set[str]) -> float:
    return len(some & among) / len(some) if some and among else 0.0
