"""The file in which a running server says who it is, and whether it takes connections yet.

Its lines: https://www.postgresql.org/docs/18/storage-file-layout.html (postmaster.pid).
"""

from dataclasses import dataclass
from pathlib import Path

PID_LINE, SOCKET_FOLDER_LINE, STATUS_LINE = 0, 4, 7


@dataclass(frozen=True)
class PidFile:
    """`postmaster.pid` of a data folder, read anew at each question; it may well be stale."""

    data: Path

    @property
    def path(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def pid(self) -> int | None:
        text = self._line(PID_LINE)
        return int(text) if text.isdigit() else None

    @property
    def socket_folder(self) -> Path | None:
        text = self._line(SOCKET_FOLDER_LINE)
        return Path(text) if text else None

    def is_ready(self, pid: int) -> bool:
        """Whether the server of this pid takes connections."""
        return self.pid == pid and self._line(STATUS_LINE) == "ready"

    def _line(self, number: int) -> str:
        try:
            lines = self.path.read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return lines[number].strip() if number < len(lines) else ""
