"""Callback data of the inline buttons, 1 to 64 bytes: https://core.telegram.org/bots/api#inlinekeyboardbutton.

The first field is the owner's id, because everybody in a group sees the buttons.
"""

from enum import StrEnum
from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from infra.fal.model import Work
from worker.comparisons.store import TIE
from worker.jobs.indexes import JobIndex
from worker.users.plain_text import PlainText

#: The most digits of a Telegram id; a page number needs fewer.
LONGEST_ID = 16
SEPARATOR = "|"  # "16:9" contains a colon

#: A number in forged data must fit the other buttons of its message, too.
type Number = Annotated[int, Field(ge=0, le=99)]


class Menu(StrEnum):
    """The views of the settings card besides the values of an option."""

    CARD = "card"
    MODEL = "model"
    COMPARE = "compare"
    NEGATIVE_PROMPT = "negative"
    WORKS = "works"
    FORMATS = "formats"
    PLAIN_TEXT = "text"


class Action(StrEnum):
    """An action on a job or its result; the values are short because a button has 64 bytes."""

    AGAIN = "again"
    NEW_SEED = "seed"
    AS_WRITTEN = "as_is"
    FETCH = "fetch"
    VARY = "vary"
    EDIT_PROMPT = "edit"
    ANIMATE = "animate"
    UPSCALE = "upscale"
    FORMATS = "formats"
    MORE = "more"
    DETAILS = "details"
    HIDE_DETAILS = "hide"
    # Those of the same name in Work, which start from a result.
    IMAGE_EDIT = "image_edit"
    BACKGROUND_REMOVAL = "background_removal"
    OUTPAINT = "outpaint"
    ERASE = "erase"
    FIRST_LAST_FRAME = "first_last_frame"
    EXTEND_VIDEO = "extend_video"
    VIDEO_UPSCALE = "video_upscale"
    ORIGINAL = "original"
    FAVOUR = "star"
    DISFAVOUR = "unstar"
    ASK_DELETE = "ask"
    DELETE = "delete"
    BACK = "back"
    REVEAL = "unveil"
    OPEN = "see"
    PREVIOUS = "prev"
    TREE = "tree"
    EDIT_WITH_FIRST = "first"
    # What the prompt helper does with a result.
    IMPROVE = "improve"
    DESCRIBE = "describe"
    CHECK_TEXT = "check"
    REPAIR_TEXT = "repair"


#: Actions that admins may take on the results of all users.
FOR_ADMINS = frozenset({Action.MORE, Action.ASK_DELETE, Action.DELETE, Action.BACK})


#: Actions that order something new, or only change what a message shows: in a group everybody may take them.
FOR_GROUPS = frozenset(
    {
        *(Action.AGAIN, Action.NEW_SEED, Action.VARY, Action.EDIT_PROMPT, Action.ANIMATE),
        *(Action.UPSCALE, Action.FORMATS, Action.IMAGE_EDIT, Action.BACKGROUND_REMOVAL),
        *(Action.OUTPAINT, Action.ERASE, Action.FIRST_LAST_FRAME),
        *(Action.EXTEND_VIDEO, Action.VIDEO_UPSCALE),
        *(Action.EDIT_WITH_FIRST, Action.AS_WRITTEN, Action.IMPROVE, Action.DESCRIBE),
        *(Action.CHECK_TEXT, Action.REPAIR_TEXT),
        *(Action.MORE, Action.BACK, Action.OPEN, Action.PREVIOUS, Action.TREE),
        *(Action.DETAILS, Action.HIDE_DETAILS),
    }
)


class Owned(CallbackData, prefix="of", sep=SEPARATOR):
    """A button that works for one user; some buttons of results work for admins too."""

    owner: int


class Choose(Owned, prefix="set", sep=SEPARATOR):
    """Set an option to `value`, given as text."""

    option: str
    value: str


class Open(Owned, prefix="open", sep=SEPARATOR):
    """`menu` is a `Menu`, or the option whose values are shown."""

    menu: str


class ClearNegativePrompt(Owned, prefix="clear", sep=SEPARATOR):
    """Clear the negative prompt."""


class ToggleFormat(Owned, prefix="fmt", sep=SEPARATOR):
    """Add a format to the set, or remove it; `ratio` is such as 9:16."""

    ratio: str


class Crop(Owned, prefix="crop", sep=SEPARATOR):
    """Crop a result to a ratio such as 9:16; `picture` counts the job's files from 0."""

    job_id: str
    picture: Number
    ratio: str


class Cancel(Owned, prefix="cancel", sep=SEPARATOR):
    """Close the card."""


class CreateFrom(Owned, prefix="make", sep=SEPARATOR):
    """Make an image or a video from the text that the message replies to."""

    work: Work


class CreateFromLast(Owned, prefix="next", sep=SEPARATOR):
    """Edit this result with the text that the message replies to, or continue it; `picture` counts files from 0."""

    job_id: str
    picture: Number


class TakeBack(Owned, prefix="undo", sep=SEPARATOR):
    """Take back an order while it is not sent."""

    job_id: str


class ChoosePlainText(Owned, prefix="text", sep=SEPARATOR):
    """Choose what happens at once with words that the bot did not ask for."""

    value: PlainText


class Switch(Owned, prefix="work", sep=SEPARATOR):
    """Switch the card to another kind of work."""

    work: Work


class Take(Owned, prefix="take", sep=SEPARATOR):
    """Use only this one of the images, counted from 0."""

    picture: Number


class Proceed(Owned, prefix="go", sep=SEPARATOR):
    """Start the order of the card, or finish its album."""


class MarkedInPicture(Owned, prefix="hole", sep=SEPARATOR):
    """Repaint the transparent area of the image itself."""


class Improve(Owned, prefix="better", sep=SEPARATOR):
    """Ask for fuller versions of the words of the card, or of the text that an offer replies to."""


class TakeVersion(Owned, prefix="ver", sep=SEPARATOR):
    """Use this version of the words, counted from 0; None: the user's own words."""

    version: Number | None = None


class EditVersions(Owned, prefix="verse", sep=SEPARATOR):
    """Show the versions for copying."""


class Describe(Owned, prefix="desc", sep=SEPARATOR):
    """Describe the image of the card."""


class MakeDescribed(Owned, prefix="like", sep=SEPARATOR):
    """Make an image by the description in the message."""


class PresetAction(StrEnum):
    LIST = "list"
    SHOW = "show"
    APPLY = "apply"
    SAVE = "save"
    RENAME = "name"
    DELETE = "delete"


class OnPreset(Owned, prefix="pre", sep=SEPARATOR):
    """`preset` is its number among the user's presets; 0 if the action needs none."""

    action: PresetAction
    preset: int = 0


class ChooseLanguage(Owned, prefix="lang", sep=SEPARATOR):
    language: str


class OnResult(Owned, prefix="on", sep=SEPARATOR):
    """`picture` counts a job's files from 0; None: all of them, or not chosen yet. `scale` is the upscale factor."""

    job_id: str
    action: Action
    picture: Number | None = None
    scale: Number | None = None


class KeepOrder(Owned, prefix="keep", sep=SEPARATOR):
    """Keep a refused order until it is accepted; `instead` is a job to cancel for it."""

    order: str
    instead: str = ""


class OpenStep(Owned, prefix="step", sep=SEPARATOR):
    """Show a step of a chain of edits in place; `tip` is the job that the message showed first, if another one."""

    job_id: str
    picture: Number = 0
    tip: str = ""


class Branch(Owned, prefix="tree", sep=SEPARATOR):
    """A page of what was made from a result, which begins with the job `start`; the newest page if that is empty."""

    job_id: str
    start: str = ""


class Stop(CallbackData, prefix="stop", sep=SEPARATOR):
    """Cancel an active job; not `Owned`, because an admin may press it too."""

    owner: int
    job_id: str


class StopAll(CallbackData, prefix="stops", sep=SEPARATOR):
    """Cancel the active jobs of the set of this job, as its author or as an admin."""

    owner: int
    job_id: str


class PickResult(Owned, prefix="pick", sep=SEPARATOR):
    """Show the actions on one job of a set."""

    job_id: str


class ToggleCompared(Owned, prefix="cmp", sep=SEPARATOR):
    """Choose a model to compare or drop it, by its id (options/model_names.py); without one drop all."""

    model: str = ""


class Choice(StrEnum):
    """What the buttons of a comparison choose."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    TIE = TIE
    REVEAL = "show"


class Vote(CallbackData, prefix="vote", sep=SEPARATOR):
    """Vote in a comparison, or reveal its models; not `Owned`, because everybody in a group may vote."""

    comparison: str
    choice: Choice


class Browse(Owned, prefix="my", sep=SEPARATOR):
    """A page of the user's own jobs that begins with the job `start`, or with the newest if that is empty."""

    index: JobIndex
    start: str = ""


class OpenJob(Owned, prefix="see", sep=SEPARATOR):
    """A job of that page, in the same message; `start` leads back, `picture` counts its files from 0."""

    index: JobIndex
    job_id: str
    start: str = ""
    picture: Number = 0


class AskAccess(CallbackData, prefix="ask", sep=SEPARATOR):
    owner: int


class Decide(Owned, prefix="let", sep=SEPARATOR):
    """An admin's answer to an access request."""

    user_id: int
    allowed: bool
