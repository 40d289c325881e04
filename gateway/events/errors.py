"""What a reader of the log can be told.

FeedError
├── InvalidCursor      not a cursor of this log, of this kind, or of this caller
└── CursorExpired      what came after it is forgotten; says from where one may go on
"""


class FeedError(Exception):
    """A reader cannot go on from where it wants to."""


class InvalidCursor(FeedError):
    """The cursor is refused; which of the reasons it is, is not told."""


class CursorExpired(FeedError):
    """Entries after the cursor are forgotten; `resume_from` is the first place that is kept."""

    def __init__(self, resume_from: int) -> None:
        super().__init__("the log no longer goes back to this cursor")
        self.resume_from = resume_from
