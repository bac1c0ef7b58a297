"""Train the weights that are shipped, and write them: `python -m training [--shared FOLDER] [--out FILE]`. Takes under a minute."""

import argparse
from pathlib import Path
from typing import Final

from training import corpus, writing

SHIPPED: Final = Path(__file__).parents[1] / "src" / "tierwise" / "catalog" / "data" / "task-weights.msgpack"


def main() -> None:
    """Read the corpus, learn, write."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--shared", type=Path, default=corpus.SHARED, help="the folder with the labelled prompts")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="where the weights go")
    told = parser.parse_args()
    rows = corpus.rows(told.shared)
    found = writing.weights(rows)
    content = writing.encoded(found)
    told.out.write_bytes(content)
    tempers = f"heats {found.heat:.2f} and {found.hardness_heat:.2f}, blur {found.blur:.2f}"
    print(f"{len(rows):,} prompts, {len(found.keys) // 4:,} traits, {tempers}")
    print(f"{told.out}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
