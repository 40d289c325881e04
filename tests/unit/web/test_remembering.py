"""What is kept is bounded, in number and in length."""

import pytest

from gateway.web.remembering import LONGEST_KEPT, MOST_KEPT, remembered


def test_a_short_text_is_read_once_and_a_long_one_each_time() -> None:
    asked: list[str] = []

    @remembered
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    short, long = "a" * LONGEST_KEPT, "a" * (LONGEST_KEPT + 1)
    assert [length(text) for text in (short, short, long, long)] == [256, 256, 257, 257]
    assert asked == [short, long, long]


def test_of_too_many_texts_the_one_that_was_asked_for_longest_ago_is_forgotten() -> None:
    asked: list[str] = []
    ask = remembered(asked.append)
    for number in range(MOST_KEPT + 1):
        ask(str(number))
    ask(str(MOST_KEPT))
    ask("0")
    assert asked[MOST_KEPT:] == [str(MOST_KEPT), "0"]


def test_what_is_raised_is_raised_again() -> None:
    asked: list[str] = []

    @remembered
    def fails(text: str) -> None:
        asked.append(text)
        raise LookupError(text)

    for _ in range(2):
        with pytest.raises(LookupError, match="a"):
            fails("a")
    assert asked == ["a", "a"]
