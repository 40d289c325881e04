"""How long a post stays empty after one of several processes has ended unasked."""

from gateway.bootstrap.crew.supervisor import pause_after


def test_who_lived_long_is_replaced_at_once_and_who_dies_again_and_again_ever_later() -> None:
    pauses = [0.0]
    for _ in range(7):
        pauses.append(pause_after(pauses[-1], lived=2))
    assert pauses == [0, 1, 2, 4, 8, 16, 30, 30]
    assert pause_after(pauses[-1], lived=3600) == 0
