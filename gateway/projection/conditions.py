"""SQL conditions with the values of their parameters."""

from dataclasses import dataclass
from typing import LiteralString

# Ends a lateral subselect that is to be looked up for each row. Before Postgres has counted a
# table's rows it takes the table for small, and would read it whole.
EACH: LiteralString = "OFFSET 0"


@dataclass(slots=True)
class Conditions:
    """SQL conditions, joined by AND, and the values of their parameters."""

    texts: list[str]
    values: list[object]

    def add(self, text: str, value: object) -> None:
        """Add a condition; `{}` in it stands for the value."""
        self.values.append(value)
        self.texts.append(text.format(f"${len(self.values)}"))

    @property
    def sql(self) -> str:
        """The whole condition."""
        return " AND ".join(self.texts) or "true"
