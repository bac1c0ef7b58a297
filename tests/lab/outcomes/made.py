"""Tables of outcomes made by seeded code: three kinds of questions, a dear model that is good at all of them, cheaper ones that are not."""

import numpy as np

from tierwise.lab.outcomes import Outcome, Outcomes, Query, assembled

WORDS = {"sum": "add the numbers please", "poem": "write a verse about rain", "code": "fix the function that fails"}
SKILL = {"dear": (0.9, 0.9, 0.9), "cheap": (0.9, 0.85, 0.4), "odd": (0.3, 0.3, 0.95)}
COST = {"dear": 0.01, "cheap": 0.001, "odd": 0.004}


def rows(queries: int = 300, seed: int = 0) -> tuple[list[Outcome], dict[str, Query]]:
    """Outcomes and what is known of the queries."""
    dice = np.random.default_rng(seed)
    kinds = list(WORDS)
    found, known = [], {}
    for number in range(queries):
        place = int(dice.integers(len(kinds)))
        known[f"q{number}"] = Query(f"{WORDS[kinds[place]]} {dice.integers(1000)}", "", kinds[place])
        for model, skill in SKILL.items():
            right = float(dice.random() < skill[place])
            found.append(Outcome(f"q{number}", model, right, COST[model] * float(dice.uniform(0.5, 1.5))))
    return found, known


def outcomes(queries: int = 300, seed: int = 0) -> Outcomes:
    """The same as a whole table."""
    return assembled(*rows(queries, seed))
