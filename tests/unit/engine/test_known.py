"""JSON that outlasts a request is bounded: the oldest states and texts go first."""

from gateway.engine.known import MOST_STATES, MOST_TEXTS, KeptTexts, Known


def test_texts_are_found_where_all_of_them_are_kept_of_that_state() -> None:
    kept = KeptTexts()
    kept.keep("s", {1: "one"})
    kept.keep("s", {2: "two"})
    assert kept.find("s", [1, 2]) == {1: "one", 2: "two"}
    assert kept.find("s", []) == {1: "one", 2: "two"}
    assert kept.find("s", [1, 3]) is None
    assert kept.find("t", [1]) is None


def test_no_more_states_are_kept_than_may_be() -> None:
    kept = KeptTexts()
    for state in range(MOST_STATES + 1):
        kept.keep(state, {1: str(state)})
    found = [kept.find(state, [1]) for state in range(MOST_STATES + 1)]
    assert found == [None, *({1: str(state)} for state in range(1, MOST_STATES + 1))]


def test_no_more_texts_are_kept_than_may_be() -> None:
    kept = KeptTexts()
    kept.keep("s", dict.fromkeys(range(MOST_TEXTS), ""))
    kept.keep("s", {MOST_TEXTS: "last"})
    assert kept.find("s", [0]) is None
    assert len(kept.find("s", [1, MOST_TEXTS]) or ()) == MOST_TEXTS


def test_json_is_made_once_and_told_to_whoever_keeps_it() -> None:
    told: list[object] = []
    known = Known({1: "value"}, keep=told.append)
    for _ in range(2):
        assert known.told(lambda values: {key: f"<{each}>" for key, each in values.items()}) == {
            1: "<value>"
        }
    assert told == [{1: "<value>"}]
