"""JSON that outlasts a request is found whole or not at all, and bounded by bytes."""

from gateway.engine.known import PART, TEXT_BYTES, KeptTexts, Known

ROOM = 16 * (TEXT_BYTES + 10)


def test_texts_are_found_where_all_of_them_are_kept_at_that_place() -> None:
    kept = KeptTexts(100_000)
    kept.keep("s", {1: "one"})
    kept.keep("s", {1: "one", 2: "two"})
    assert kept.find("s", [1, 2]) == {1: "one", 2: "two"}
    assert kept.find("s", []) == {1: "one", 2: "two"}
    assert kept.find("s", [1, 3]) is None
    assert kept.find("t", [1]) is None
    assert kept.bytes == 2 * (TEXT_BYTES + 3)


def test_it_begins_anew_where_it_would_take_more_than_it_may() -> None:
    kept = KeptTexts(ROOM)
    for key in range(16):
        kept.keep(key % 2, {key: "0123456789"})
    assert kept.bytes == ROOM
    assert len(kept.find(0, []) or ()) == len(kept.find(1, []) or ()) == 8
    kept.keep(0, {16: "0123456789"})
    assert (kept.find(0, [16]), kept.find(0, [14]), kept.find(1, [])) == (
        {16: "0123456789"}, None, None,
    )  # fmt: skip
    assert kept.bytes == ROOM // 16


def test_what_is_a_great_part_of_all_is_not_kept() -> None:
    kept = KeptTexts(ROOM)
    kept.keep("s", dict.fromkeys(range(16 // PART + 1), "0123456789"))
    assert (kept.find("s", []), kept.bytes) == (None, 0)


def test_json_is_made_once_and_told_to_whoever_keeps_it() -> None:
    told: list[object] = []
    known = Known({1: "value"}, keep=told.append)
    for _ in range(2):
        assert known.told(lambda values: {key: f"<{each}>" for key, each in values.items()}) == {
            1: "<value>"
        }
    assert told == [{1: "<value>"}]
