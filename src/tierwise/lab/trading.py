"""Trading quality for money: from what each model is expected to score and cost on a query to the model that is taken.

For a price of quality the model with the most expected score less its cost at that price is taken. A lead for the reference (the best
single model) keeps it wherever another one promises less than that more: estimates are noisy, and a switch should have a reason.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from tierwise.lab.method import Choices
from tierwise.lab.outcomes import Floats, Whole

PRICES: Final = np.concatenate([[0.0], np.logspace(-3.3, 1.3, 60)])


def traded(score: Floats, cost: Floats, reference: int, models: Whole, leads: Sequence[float] = (0.0,)) -> Choices:
    """The model taken for each lead, price and query, among some models; costs in those of the reference."""
    lead = np.zeros(score.shape[1])
    rows = []
    for one in leads:
        lead[reference] = one
        worth, paid = (score + lead)[:, models], cost[:, models]
        rows += [models[(worth - price * paid).argmax(1)] for price in PRICES]
    return np.array(rows, dtype=np.int16)
