"""Text of a settings card: the question, and what the order has so far. Pure."""

from infra.fal.model import Work
from infra.fal.models.catalogue import model_title
from infra.money import money
from worker.bot.states import Making
from worker.bot.truncate import one_line
from worker.bot.views.money_format import known_price
from worker.bot.views.order_settings import OrderSettings

#: Characters of the words of an order.
WORDS_SHOWN = 500
#: The second picture that a work needs.
_ASKS_PICTURE = {
    Work.INPAINTING: "ask-mask",
    Work.ERASE: "ask-mask-to-erase",
    Work.FIRST_LAST_FRAME: "ask-last-frame",
}


def paragraphs(order: OrderSettings, *, in_group: bool) -> list[str]:
    found = [question(order)]
    if order.missing:
        gone, model = model_title(order.missing), order.model.title
        found.append(order.t("model-replaced", gone=gone, model=model))
    if len(order.draft.pictures) > 1 and order.work is not Work.FIRST_LAST_FRAME:
        found.append(order.t("ask-pictures", pictures=len(order.draft.pictures)))
    if compared := order.compared:
        models = ", ".join(model.title for model in compared)
        found.append(order.t("ask-compared", models=models))
    if negative_prompt := order.options.get("negative_prompt"):
        found.append(order.t("ask-without", things=one_line(str(negative_prompt), 200)))
    if seed := order.options.get("seed"):
        found.append(order.t("ask-seed", seed=str(seed)))
    if order.flaw:
        return found
    known = known_price(order.model, order.options, order.draft.pictures)
    key = "ask-estimate-unknown" if known is None else "ask-estimate"
    found.append(order.t(key, cost=money(order.t, order.price)))
    if in_group and order.awaits in (Making.prompt, Making.mask, Making.frame):
        found.append(order.t("ask-other-in-group" if order.draft.words else "ask-in-group"))
    return found


def question(order: OrderSettings) -> str:
    if not order.draft.ordering:
        return order.t("ask-settings", work=order.t.plain(f"work-{order.work}"))
    if flaw := order.flaw:
        return flaw
    if order.lacks_mask or order.lacks_frame:
        asked = order.t(_ASKS_PICTURE[order.work])
        words = one_line(order.draft.words, WORDS_SHOWN)
        return f"{asked}\n{order.t('job-prompt', prompt=words)}" if words else asked
    if words := order.draft.words:
        work = order.t.plain(f"work-{order.work}")
        return order.t("ask-to-start", work=work, prompt=one_line(words, WORDS_SHOWN))
    if order.draft.own_model:
        return order.t("ask-other-words")
    return order.t(f"ask-{order.work}", pictures=len(order.draft.pictures))
