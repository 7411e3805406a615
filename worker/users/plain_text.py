"""What a user wants the bot to do with words that it did not ask for."""

from enum import StrEnum


class PlainText(StrEnum):
    """Ask, or one of the things to do with the words."""

    ASK = "ask"
    EDIT = "edit"  # the last image
    IMAGE = "image"
    VIDEO = "video"
    EXTEND = "extend"  # the last video; only after a question, because it is seldom meant

    @classmethod
    def read(cls, stored: str | None) -> "PlainText":
        """Parse a stored choice; one that this version does not know is a question."""
        return next((each for each in cls if each == stored), cls.ASK)


#: What /settings offers.
AT_ONCE = (PlainText.ASK, PlainText.EDIT, PlainText.IMAGE, PlainText.VIDEO)
