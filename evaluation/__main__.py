"""Every figure of the quality side from the shared data: `python -m evaluation [PART...] [--write]`.

Prints the tables; with --write they become docs/evidence.md. Without the shared data it says so and ends well, so that a clean clone
passes. A part is one of classification, quality, answers, or whatever else this folder holds that has `rows`.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
SHARED: Final = ROOT.parent / "shared"
PAGE: Final = ROOT / "docs" / "evidence.md"
PARTS: Final = ("classification", "quality", "answers", "signs", "sessions", "learning", "cascades")
"""In the order of the page; one that is not there (yet) is left out."""

ON_OUTCOMES: Final = frozenset({"quality", "answers"})
"""Parts that read the tables of outcomes, which are read once for both."""

OPENING: Final = """
# What the quality side is worth

Every figure here is worked out by `make eval` from the project's shared data, which is not part of the repository. Figures are of data that
was held back from whatever was learnt or chosen. A bar that is missed is shown as missed.
"""
LIMITS: Final = """## Limits, in plain words

* The tables of outcomes (bfcl2408, zeroeval, mmlupro) are of models of 2023 and 2024, and of short questions with one right answer.
  They are good for comparing methods. They say nothing of today's models, and little of agentic work, whose text hardly
  tells who will solve it.
* A floor that is kept over five folds is kept on the very queries that the operating point was chosen on, in another deal. On queries
  that played no part (two halves) the plain lower bound is broken more often than one time in twenty. Take the cautious one where a
  broken floor is dear.
* These three tables were in view while the method was made: its strengths of regularisation, the leads of the reference and the share
  that a model must be taken for were set once and compared in a handful of variants, not searched for. Operating points are never
  chosen on them.
* On bfcl2408 most of what can be gained beyond a cheap model comes from telling when no tool fits, which the text shows only in part.
* The correction by the words is not used in the engine's decision: on agentic work text hardly tells who succeeds (the design
  measured an AUC of 0.52 to 0.58), and a decision has 100 microseconds. The engine decides by kind of work and difficulty, with the
  same shrinkage.
* The assumed checks and agreements are what one would need, not what one has. A cascade should not be switched on without measuring them.
* Learnt trust is a result of the laboratory. It needs right and wrong answers of the very models on the very work; the gateway takes cheap
  answers by agreement or a check only. Its operating point keeps the mean of the training folds, so on new queries it may end a little
  below it (zeroeval) or above it (mmlupro).
* Sessions are replayed as they happened. What another model would have said, and how many turns it would have taken, no log can show;
  measured effort stands for it. Tiers are given, so the replay says nothing of whether a tier was enough. Codex sessions have no words in
  the data, so their tiers are those of unknown work, or drawn by lot.
* Near the clairvoyant in sum is not so in each session: of the excess of Claude Code with all measured models a third is one session.
  A few models of like cost are told apart by the expected length of answers, and the logged answers are not of the expected length.
* No session is guaranteed to cost less than pinned to the model that turns out best for it: one in ten costs more, the sum far less.
"""


def main(arguments: Sequence[str]) -> int:
    """Print the figures; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m evaluation", description="Every figure of the quality side, from the shared data.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these of {', '.join(PARTS)}")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.parts if name not in PARTS]
    if unknown:
        parser.error(f"unknown part {unknown[0]!r}; known: {', '.join(PARTS)}")
    if not SHARED.is_dir():
        print("skipped: the figures need the project's shared data at ../shared, which is not part of the repository")
        return 0
    page = import_module("evaluation.page")
    tables = [table for name in asked.parts or PARTS for table in _made(name)]
    text = page.page(OPENING, tables) + "\n" + LIMITS
    print(text)
    if asked.write:
        PAGE.write_text(text, encoding="utf-8")
    return 0


def _made(name: str) -> list[Any]:
    if not (Path(__file__).parent / f"{name}.py").is_file():
        return []
    began = time.perf_counter()
    rows: Callable[..., list[Any]] = import_module(f"evaluation.{name}").rows
    found = rows(_grounds()) if name in ON_OUTCOMES else rows()
    print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return found


def _grounds() -> Mapping[str, Any]:
    return dict(import_module("evaluation.quality").grounds(SHARED))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
