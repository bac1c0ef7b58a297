"""Links of Markdown pages: each leads to a file of the repository and, with a fragment, to a heading in it. The web is not asked."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LINK: Final = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
HEADING: Final = re.compile(r"#{1,6} (.+)")
FENCE: Final = "```"


def dead(root: Path, name: str, text: str) -> Iterator[tuple[int, str]]:
    """Each link of a page that leads nowhere, with its line."""
    for number, line in prose(text):
        for target in LINK.findall(line):
            if "://" not in target and not _leads(root, name, target, text):
                yield number, f"the link to {target} leads nowhere"


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines outside code blocks."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(FENCE):
            inside = not inside
        elif not inside:
            yield number, line


def _leads(root: Path, name: str, target: str, text: str) -> bool:
    place, _, fragment = target.partition("#")
    path = (root / name).parent / place
    if place and not path.exists():
        return False
    return not fragment or fragment in anchors(path.read_text(encoding="utf-8") if place else text)


def anchors(text: str) -> set[str]:
    """What the headings of a page are linked by."""
    found = (HEADING.fullmatch(line) for _, line in prose(text))
    return {re.sub(r"[^\w\- ]", "", match[1].lower()).replace(" ", "-") for match in found if match}
