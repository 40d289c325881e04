"""What must never be told, and the search for it in everything that is told."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil

PERSON = {
    "given name": "Canarina",
    "family name": "Quebrantossos",
    "e-mail": "quebrantossos@canary.example",
    "tax id": "98765432198",
    "telephone": "+5511987651234",
    "street": "Rua do Canario Amarelo",
}


def forms(secret: str) -> Iterator[bytes]:
    """Answer a secret as it could stand in a text: plain, in an address, in a header."""
    yield secret.encode()
    yield quote(secret, safe="").encode()
    for before in range(3):
        # The ends of the Base64 depend on what stands around it.
        yield base64.b64encode(b" " * before + secret.encode())[4:-4]


@dataclass
class Told:
    """Everything that was told, by where."""

    texts: dict[str, bytes] = field(default_factory=dict)

    def add(self, where: str, text: bytes | str) -> None:
        """Add what was told somewhere."""
        more = text.encode() if isinstance(text, str) else text
        self.texts[where] = self.texts.get(where, b"") + b"\n" + more

    def add_files(self, folder: Path, pattern: str) -> None:
        """Add files' texts."""
        for path in folder.glob(pattern):
            self.add(path.name, path.read_bytes())

    def add_command_lines(self, pid: int) -> None:
        """Add how a process and all below it were called, as everybody on the machine sees it."""
        process = psutil.Process(pid)
        for each in [process, *process.children(recursive=True)]:
            self.add("command lines", Path(f"/proc/{each.pid}/cmdline").read_bytes())

    def leaks(self, canaries: Mapping[str, str]) -> list[tuple[str, str, bytes]]:
        """Answer what was told of the canaries: which, where, and what stands around it."""
        return [
            (name, where, text[max(0, at - 150) : at + 150])
            for name, canary in canaries.items()
            for form in dict.fromkeys(forms(canary))
            for where, text in self.texts.items()
            if (at := text.find(form)) >= 0
        ]
