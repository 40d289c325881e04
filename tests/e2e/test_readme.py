"""README's commands, word for word, and its queries with the answers that it prints."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import aiohttp

from .demonstration import Demo, demonstration
from .processes import ROOT

README = (ROOT / "README.md").read_text("utf-8")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
QUESTIONS = re.findall(r"```graphql\n(.*?)```\n\n```json\n(.*?)```", README, re.DOTALL)


def _without_times(value: Any) -> Any:
    return json.loads(TIME.sub("<time>", json.dumps(value)))


async def _first_two(demo: Demo) -> list[Any]:
    """Answer the first two events of the stream that README's curl opens."""
    (body,) = re.findall(r"-d '(.*)'\n", README)
    headers = {
        "Authorization": f"Bearer {demo.keys['partner']}",
        "Content-Type": "application/json",
    }
    headers |= dict(re.findall(r"-H '(Accept|Content-Type): (.*?)'", README))
    found: list[Any] = []
    async with (
        aiohttp.ClientSession() as client,
        client.post(demo.url, data=body, headers=headers) as answer,
    ):
        async for line in answer.content:
            name, _, value = line.decode().strip().partition(": ")
            if name == "data":
                found.append(json.loads(value))
            if len(found) == 2:
                break
    return found


def _shape(value: Any) -> Any:
    """Answer what a value is made of; of a list, its entries."""
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items()}
    return None if value is None else type(value).__name__


async def test_make_demo_prints_what_readme_says_and_answers_as_printed(tmp_path: Path) -> None:
    assert "\nmake demo\n" in README
    command = ("make", "demo", "PORT=0", "DATA_DIR={data_dir}", f"VENV={sys.prefix}")
    async with demonstration(tmp_path, *command, ends_with=None) as demo:
        printed = demo.printed
        answers = [await demo.ask(question) for question, _ in QUESTIONS]
        events = await _first_two(demo)
    assert len(QUESTIONS) == 5
    for answer, (_, told) in zip(answers, QUESTIONS, strict=True):
        assert _without_times(answer) == _without_times(json.loads(told))
    told = [json.loads(each) for each in re.findall(r"^data: (.*)$", README, re.MULTILINE)]
    assert [_shape(each) for each in events] == [_shape(each) for each in told]
    (shown,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    for line in shown.splitlines():
        start = line.split("...")[0].replace(":8000", "").rstrip("/").split("://127")[0]
        assert start in printed
    assert "Stopped; nothing is left running." in demo.printed
