"""Exceptions for failures of external services:

    DarkroomError
    ├── ProviderError            a failure of fal or its input; `kind` says who can act on it
    │   ├── NotSent              nothing reached fal: sending again is safe
    │   ├── Ambiguous            a paid job may exist: never send again
    │   ├── BrokenResult         the file is not a valid image or video
    │   └── BadPicture           the user's image or mask is not usable
    ├── SignatureError           a webhook that fal did not sign
    └── StorageError             the storage cannot be written or read
        └── NotStored            nothing is stored under the key

`str(error)` of each is safe to log and to show: it contains no prompt, no key and no URL with a token.
"""

from enum import StrEnum


class FailureKind(StrEnum):
    """Kinds of failures: the user can act on the first four, the operator or nobody on others."""

    MODERATION = "moderation"
    NOTHING_MADE = "nothing_made"
    BAD_INPUT = "bad_input"
    TOO_LARGE = "too_large"
    KEY = "key"
    BALANCE = "balance"
    BUSY = "busy"
    TOO_SLOW = "too_slow"
    PROVIDER_DOWN = "provider_down"
    BROKEN_RESULT = "broken_result"
    # The result is made and paid for, but fal's file server does not return it, or the storage does not accept it.
    RESULT_UNREACHABLE = "result_unreachable"
    RESULT_UNSTORED = "result_unstored"
    # The storage did not accept the job's input, so nothing was submitted.
    STORAGE = "storage"
    # The result was deleted before it was sent to the chat.
    RESULT_GONE = "result_gone"
    UNKNOWN = "unknown"
    # The order costs more than was expected before its image was measured, and more than a budget has left.
    OVER_BUDGET = "over_budget"
    # The same, and more than its user was shown: nothing was submitted.
    PRICE_ROSE = "price_rose"
    # Problems of a user's image or mask; the bot has a text with a next step for each.
    PICTURE_UNREADABLE = "picture_unreadable"
    PICTURE_FORMAT = "picture_format"
    PICTURE_TOO_SMALL = "picture_too_small"
    PICTURE_TOO_LARGE = "picture_too_large"
    PICTURE_TOO_HEAVY = "picture_too_heavy"
    PICTURE_TOO_LONG = "picture_too_long"
    PICTURE_GONE = "picture_gone"
    # Images that a model refused although they passed the checks here.
    PICTURE_SMALL_FOR_MODEL = "picture_small_for_model"
    PICTURE_LARGE_FOR_MODEL = "picture_large_for_model"
    PICTURE_UNREAD_BY_MODEL = "picture_unread_by_model"
    PICTURE_WITHOUT_FACE = "picture_without_face"
    PICTURE_MODERATION = "picture_moderation"
    PICTURE_REFUSED = "picture_refused"
    # Transient: fal could not fetch the image.
    UNFETCHED_PICTURE = "unfetched_picture"
    ENLARGED_TOO_LARGE = "enlarged_too_large"
    MASK_EMPTY = "mask_empty"
    MASK_WHOLE = "mask_whole"
    MASK_UNRELATED = "mask_unrelated"
    # The image has the format already that it was to be extended to.
    PICTURE_HAS_FORMAT = "picture_has_format"
    # Problems of a user's video.
    VIDEO_UNREADABLE = "video_unreadable"
    VIDEO_FORMAT = "video_format"
    VIDEO_TOO_HEAVY = "video_too_heavy"
    VIDEO_TOO_SMALL = "video_too_small"
    VIDEO_TOO_LARGE = "video_too_large"
    VIDEO_TOO_SHORT = "video_too_short"
    VIDEO_TOO_LONG = "video_too_long"
    VIDEO_SHAPE = "video_shape"
    VIDEO_REFUSED = "video_refused"

    @property
    def blames_picture(self) -> bool:
        """Whether only another image, mask or video helps."""
        return self.startswith(("picture_", "enlarged_", "mask_", "video_"))


class DarkroomError(Exception):
    """Base class of all expected errors."""


class ProviderError(DarkroomError):
    """`retryable`: the same call may succeed later; `retry_after`: after this many seconds."""

    def __init__(
        self,
        kind: FailureKind,
        detail: str,
        *,
        retryable: bool = False,
        error_type: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.retryable = retryable
        self.error_type = error_type
        self.retry_after = retry_after


class NotSent(ProviderError):  # noqa: N818 - named after what happened to the submit
    def __init__(self, kind: FailureKind, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(kind, detail, retryable=True, retry_after=retry_after)


class Ambiguous(ProviderError):  # noqa: N818 - named after what is known about the submit
    def __init__(self, detail: str) -> None:
        super().__init__(FailureKind.PROVIDER_DOWN, detail)


class BrokenResult(ProviderError):  # noqa: N818 - named after what was received
    """`flaw` is the kind of failure if the file is a user's image.

    `digest` identifies the file, so that the same wrong file is recognised; None if its address always returns it.
    """

    def __init__(
        self,
        detail: str,
        flaw: FailureKind = FailureKind.PICTURE_UNREADABLE,
        digest: str | None = None,
    ) -> None:
        super().__init__(FailureKind.BROKEN_RESULT, detail)
        self.flaw = flaw
        self.digest = digest


class BadPicture(ProviderError):  # noqa: N818 - named after the input
    """Retryable only if the file may become available later."""


class SignatureError(DarkroomError):
    """The webhook's signature is not valid."""


class StorageError(DarkroomError):
    """The storage refused a call or is not reachable."""


class NotStored(StorageError):  # noqa: N818 - named after what was found
    """Nothing is stored under the key."""
