"""The message of `/my`: text and buttons of a page of the user's jobs, and of one job. Pure."""

from aiogram.types import InlineKeyboardMarkup

from infra.i18n import Phrases
from infra.images.contact_sheet import Frame, Sign
from worker.bot.callback_data import SEPARATOR, Browse, OpenJob
from worker.bot.views.keyboards import button, marked
from worker.jobs.indexes import IndexPage, JobIndex
from worker.model import ACTIVE, Job, Status

# Two labels in a row fit a phone.
_FILTERS = (
    (JobIndex.ALL,),
    (JobIndex.IMAGES, JobIndex.VIDEOS),
    (JobIndex.FAVOURITES, JobIndex.FAILED),
)
_SIGNS = {
    **dict.fromkeys(ACTIVE, Sign.UNDER_WAY),
    Status.FAILED: Sign.FAILED,
    Status.EXPIRED: Sign.FAILED,
    Status.CANCELLED: Sign.CANCELLED,
}


def page_caption(t: Phrases, index: JobIndex, page: IndexPage) -> str:
    """Say which jobs the page shows, and of how many; on an empty page, what to do about it."""
    if not page.ids:
        return t(f"history-empty-{index}")
    first, last = page.position, page.position + len(page.ids) - 1
    place = str(first) if first == last else f"{first}–{last}"
    return t("history-page", title=t.plain(f"history-{index}"), place=place, total=page.total)


def page_keyboard(t: Phrases, owner: int, index: JobIndex, page: IndexPage) -> InlineKeyboardMarkup:
    numbers = [
        button(
            str(number), OpenJob(owner=owner, index=index, job_id=job_id, start=page.ids[0]).pack()
        )
        for number, job_id in enumerate(page.ids, start=1)
    ]
    neighbours = (("history-newer", page.newer), ("history-older", page.older))
    leaves = [
        button(t.plain(key), Browse(owner=owner, index=index, start=start).pack())
        for key, start in neighbours
        if start is not None
    ]
    filters = [
        [
            button(
                marked(t.plain(f"history-filter-{shown}"), current=shown is index),
                Browse(owner=owner, index=shown).pack(),
            )
            for shown in row
        ]
        for row in _FILTERS
    ]
    rows = [numbers, leaves, *filters]
    return InlineKeyboardMarkup(inline_keyboard=[row for row in rows if row])


def detail_keyboard(
    t: Phrases, job: Job, seen: OpenJob, keyboard: InlineKeyboardMarkup | None
) -> InlineKeyboardMarkup:
    """Show the job's own buttons, then the way back."""
    own = keyboard.inline_keyboard if keyboard else []
    back = Browse(owner=seen.owner, index=seen.index, start=seen.start).pack()
    way_back = [button(t.plain("history-back"), back)]
    if job.status in ACTIVE:
        way_back.append(button(t.plain("history-refresh"), seen.pack()))
    return InlineKeyboardMarkup(inline_keyboard=[*own, way_back])


def way_back(keyboard: InlineKeyboardMarkup | None) -> Browse | None:
    """Return the page that a job was opened from; None if the keyboard is not that of an opened job."""
    rows = keyboard.inline_keyboard if keyboard else []
    pressable = [key.callback_data for row in rows for key in row if key.callback_data]
    browsing = f"{Browse.__prefix__}{SEPARATOR}"
    return next((Browse.unpack(data) for data in pressable if data.startswith(browsing)), None)


def frame_of(job: Job, picture: bytes | None) -> Frame:
    return Frame(
        picture=picture,
        sign=_SIGNS.get(job.status, Sign.MISSING),
        seconds=job.files[0].duration if job.files else None,
        count=len(job.files),
        favourite=job.favourite,
    )
