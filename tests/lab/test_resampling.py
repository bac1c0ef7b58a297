"""The bootstrap's weights: the same for a name every time, of mean one."""

import numpy as np

from tierwise.lab.resampling import REPLICATES, interval, weights


def test_a_name_has_the_same_weights_every_time() -> None:
    assert (weights("a") == weights("a")).all()
    assert (weights("a") != weights("b")).any()


def test_weights_are_counts_of_mean_one() -> None:
    found = np.concatenate([weights(str(number)) for number in range(200)])
    assert found.min() == 0
    assert found.size == 200 * REPLICATES
    assert abs(found.mean() - 1) < 0.02
    assert abs(found.var() - 1) < 0.03


def test_an_interval_holds_the_middle_nineteen_in_twenty() -> None:
    assert interval(np.arange(1001.0)) == (25.0, 975.0)
