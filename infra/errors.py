"""What can go wrong with the outside world, in one tree:

    DarkroomError
    ├── ProviderError            fal could not do it; `kind` says whose business that is
    │   ├── NotSent              nothing reached fal: sending again is safe
    │   ├── Ambiguous            a paid job may exist: never send again
    │   ├── BrokenResult         the file is not the picture or clip that it claims to be
    │   └── BadPicture           a person's picture or mask is none to begin with
    ├── SignatureError           a webhook that fal did not sign
    └── StorageError             the result could not be kept or read
        └── NotStored            there is nothing under that key

`str(error)` of each is safe to log and to show: no prompt, no key, no URL with a token in it.
"""

from enum import StrEnum


class FailureKind(StrEnum):
    """Whose business a failure is: the user's (first four), the operator's or nobody's."""

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
    # It is made and paid for: fal's file server does not give it, our storage does not take it.
    RESULT_UNREACHABLE = "result_unreachable"
    RESULT_UNSTORED = "result_unstored"
    # Our storage did not take what a job starts from: nothing was sent.
    STORAGE = "storage"
    # Somebody deleted it before it was sent.
    RESULT_GONE = "result_gone"
    UNKNOWN = "unknown"
    # What is wrong with a person's picture or mask: each has its own words and its own next step.
    PICTURE_UNREADABLE = "picture_unreadable"
    PICTURE_FORMAT = "picture_format"
    PICTURE_TOO_SMALL = "picture_too_small"
    PICTURE_TOO_LARGE = "picture_too_large"
    PICTURE_TOO_HEAVY = "picture_too_heavy"
    PICTURE_TOO_LONG = "picture_too_long"
    PICTURE_GONE = "picture_gone"
    # What fal's models say of a picture that was fit by what is known of them.
    PICTURE_SMALL_FOR_MODEL = "picture_small_for_model"
    PICTURE_LARGE_FOR_MODEL = "picture_large_for_model"
    PICTURE_UNREAD_BY_MODEL = "picture_unread_by_model"
    PICTURE_WITHOUT_FACE = "picture_without_face"
    PICTURE_MODERATION = "picture_moderation"
    PICTURE_REFUSED = "picture_refused"
    # The same one may pass.
    UNFETCHED_PICTURE = "unfetched_picture"
    ENLARGED_TOO_LARGE = "enlarged_too_large"
    MASK_EMPTY = "mask_empty"
    MASK_WHOLE = "mask_whole"
    MASK_UNRELATED = "mask_unrelated"

    @property
    def blames_picture(self) -> bool:
        """Only another picture or mask helps."""
        return self.startswith(("picture_", "enlarged_", "mask_"))


class DarkroomError(Exception):
    """Anything that this service expects to go wrong."""


class ProviderError(DarkroomError):
    """`retryable` says whether the same call may work a little later, `retry_after` (seconds) when."""

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


class NotSent(ProviderError):  # noqa: N818 - the name says what happened to the submit
    def __init__(self, kind: FailureKind, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(kind, detail, retryable=True, retry_after=retry_after)


class Ambiguous(ProviderError):  # noqa: N818 - the name says what is known about the submit
    def __init__(self, detail: str) -> None:
        super().__init__(FailureKind.PROVIDER_DOWN, detail)


class BrokenResult(ProviderError):  # noqa: N818 - the name says what was received
    """`flaw` is what to call it in a picture of a person's.

    `digest` is the same for the same wrong file; None when no other can come from where it is.
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


class BadPicture(ProviderError):  # noqa: N818 - the name says what was given
    """Retryable only when another look may find what this one did not."""


class SignatureError(DarkroomError):
    """The webhook is not provably fal's."""


class StorageError(DarkroomError):
    """The storage refused or cannot be reached."""


class NotStored(StorageError):  # noqa: N818 - the name says what was found
    """Nothing is kept under that key."""
