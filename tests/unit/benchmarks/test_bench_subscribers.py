"""What the benchmark's subscribers make of what they have read, however it was cut."""

import socket
from pathlib import Path

import orjson
import pytest

from benchmarks.clients.subscribers import Notes, Subscriber, frame, next_frame, read_notes


def told(number: int | None, pad: int = 0) -> bytes:
    """Answer a server's frame with an event, or a checkpoint."""
    node = None if number is None else {"version": number, "id": "x" * pad}
    payload = {"data": {"orderEvents": {"cursor": "c", "node": node}}}
    text = orjson.dumps({"id": "1", "type": "next", "payload": payload})
    size = bytes([len(text)]) if len(text) < 126 else bytes([126]) + len(text).to_bytes(2)
    return bytes([0x81]) + size + text


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 100, 10_000])
def test_events_are_numbered_and_dated_by_the_read_that_made_them_whole(cut: int) -> None:
    parts = [told(1), b"\x89\x04ping", told(None), told(2, pad=300), told(3)]
    ends = [sum(map(len, parts[: n + 1])) for n in range(len(parts))]
    stream = b"".join(parts)
    with socket.socket() as line:
        subscriber = Subscriber(line)
        found = []
        for start in range(0, len(stream), cut):
            subscriber.came.append((float(start + cut), stream[start : start + cut]))
            found += subscriber.events() if start % 2 else []
        found += subscriber.events()
        assert list(subscriber.events()) == []
    dated = [-(-end // cut) * float(cut) for end in (ends[0], ends[3], ends[4])]
    assert found == list(zip([1, 2, 3], dated, strict=True))


@pytest.mark.parametrize("said", [b"\x88\x02\x03\xe8", told(1).replace(b"next", b"nope")])
def test_whatever_ends_a_subscription_is_a_failure(said: bytes) -> None:
    with socket.socket() as line:
        subscriber = Subscriber(line, [(0.0, said)])
        with pytest.raises(ConnectionError):
            list(subscriber.events())


def test_what_a_client_says_is_masked_by_nought() -> None:
    assert frame(1, b"ab") == b"\x81\x82\0\0\0\0ab"
    assert frame(1, b"a" * 126)[:8] == b"\x81\xfe\x00\x7e\0\0\0\0"
    assert next_frame(b"\x81\x02ab\x81", 0) == (1, b"ab", 4)
    assert next_frame(b"\x81\x02a", 0) is None


def test_notes_are_read_back(tmp_path: Path) -> None:
    notes = Notes()
    notes.numbers.extend([3, 1])
    notes.times.extend([0.5, 0.25])
    notes.write(tmp_path / "notes")
    assert read_notes(tmp_path / "notes") == notes
