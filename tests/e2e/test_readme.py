"""README's commands, word for word, and its queries with the answers that it prints."""

import json
import re
import sys
from pathlib import Path
from typing import Any

from .demonstration import demonstration
from .processes import ROOT

README = (ROOT / "README.md").read_text("utf-8")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
QUESTIONS = re.findall(r"```graphql\n(.*?)```\n\n```json\n(.*?)```", README, re.DOTALL)


def _without_times(value: Any) -> Any:
    return json.loads(TIME.sub("<time>", json.dumps(value)))


async def test_make_demo_prints_what_readme_says_and_answers_as_printed(tmp_path: Path) -> None:
    assert "\nmake demo\n" in README
    command = ("make", "demo", "PORT=0", "DATA_DIR={data_dir}", f"VENV={sys.prefix}")
    async with demonstration(tmp_path, *command, ends_with=None) as demo:
        printed = demo.printed
        answers = [await demo.ask(question) for question, _ in QUESTIONS]
    assert len(QUESTIONS) == 5
    for answer, (_, told) in zip(answers, QUESTIONS, strict=True):
        assert _without_times(answer) == _without_times(json.loads(told))
    (shown,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    for line in shown.splitlines():
        start = line.split("...")[0].replace(":8000", "").rstrip("/").split("://127")[0]
        assert start in printed
    assert "Stopped; nothing is left running." in demo.printed
