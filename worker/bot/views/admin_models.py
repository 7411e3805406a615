"""Views of the admin card: the models that users can choose, in order, and for whom. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton

from infra.fal.model import Model, Work
from infra.fal.models.catalogue import model_title
from infra.money import money
from worker.bot.admin_callback_data import ModelsAction, OnModels
from worker.bot.options.catalog import OptionCatalog
from worker.bot.options.labels import SEPARATOR
from worker.bot.options.model_names import model_id
from worker.bot.options.offers import MAX_OFFERED, ModelLists, Offer
from worker.bot.views.admin_card import AdminCard
from worker.bot.views.card import Card
from worker.bot.views.keyboards import Row, button, in_rows, paired
from worker.bot.views.money_format import known_price

MODELS_ON_A_PAGE = 8
_IN_A_ROW = 2


@dataclass(frozen=True)
class ModelsCard(AdminCard):
    catalog: OptionCatalog

    def works(self, lists: ModelLists) -> Card:
        buttons = [
            button(
                self.t.plain(f"work-{work}"),
                OnModels(owner=self.owner, action=ModelsAction.LIST, work=work).pack(),
            )
            for work in lists.defaults
        ]
        return self._card([self.t("admin-models")], in_rows(buttons, _IN_A_ROW))

    def offered(self, lists: ModelLists, work: Work) -> Card:
        """List the models of a work, the default first."""
        lines = [self.t("admin-models-of", work=self.t.plain(f"work-{work}"))]
        offers = lists.all(work)
        lines += [
            self.t(
                "admin-models-row", number=number, facts=SEPARATOR.join(self._facts(offer, work))
            )
            for number, offer in enumerate(offers, start=1)
        ]
        rows = paired(
            [
                self._do(model_title(offer.model), ModelsAction.SHOW, work, offer.model)
                for offer in offers
            ]
        )
        if len(offers) < MAX_OFFERED:
            rows.append([self._do(self.t.plain("button-models-add"), ModelsAction.CATALOGUE, work)])
        if work in lists.changed:
            rows.append([self._do(self.t.plain("button-models-reset"), ModelsAction.RESET, work)])
        back = self._do(self.t.plain("button-back"), ModelsAction.WORKS, work)
        return self._card(lines, [*rows, [back]])

    def model(self, lists: ModelLists, work: Work, offer: Offer) -> Card:
        """Show one offered model and what can be changed."""
        facts = SEPARATOR.join(self._facts(offer, work)[1:])
        title, endpoint = model_title(offer.model), offer.model
        text = self.t("admin-model", title=title, endpoint=endpoint, facts=facts)
        offers = lists.all(work)
        place = offers.index(offer)
        moves = [
            self._do(self.t.plain(f"button-model-{action}"), action, work, endpoint)
            for action, possible in (
                (ModelsAction.UP, place > 0),
                (ModelsAction.DOWN, place < len(offers) - 1),
            )
            if possible
        ]
        role = self.t.plain("button-model-role", role=self.t.plain(f"offered-to-{offer.role}"))
        remove = self.t.plain("button-model-drop")
        return self._card(
            [text],
            [
                *([moves] if moves else []),
                [self._do(role, ModelsAction.ROLE, work, endpoint)],
                [self._do(remove, ModelsAction.REMOVE, work, endpoint)],
                [self._do(self.t.plain("button-back"), ModelsAction.LIST, work)],
            ],
        )

    def catalogue(self, models: Sequence[Model], work: Work, page: int) -> Card:
        """List the models that can be added."""
        last = max(0, len(models) - 1) // MODELS_ON_A_PAGE
        page = min(page, last)
        first = page * MODELS_ON_A_PAGE
        rows: list[Row] = [
            [
                self._do(
                    SEPARATOR.join([model.title, self._price(model, work)]),
                    ModelsAction.ADD,
                    work,
                    model.endpoint,
                )
            ]
            for model in models[first : first + MODELS_ON_A_PAGE]
        ]
        pages = [
            button(
                arrow,
                OnModels(
                    owner=self.owner, action=ModelsAction.CATALOGUE, work=work, page=other
                ).pack(),
            )
            for arrow, other in (("‹", page - 1), ("›", page + 1))
            if 0 <= other <= last
        ]
        back = self._do(self.t.plain("button-back"), ModelsAction.LIST, work)
        key = "admin-models-add" if models else "admin-models-add-none"
        text = self.t(key, work=self.t.plain(f"work-{work}"))
        return self._card([text], [*rows, *([pages] if pages else []), [back]])

    def _facts(self, offer: Offer, work: Work) -> list[str]:
        model = offer.known(work)
        if model is None:
            return [model_title(offer.model), self.t.plain("model-not-in-catalogue")]
        return [
            model.title,
            self._price(model, work),
            self.t.plain(f"offered-to-{offer.role}"),
            *([] if model.status == "active" else [f"⚠️ {model.status}"]),
        ]

    def _price(self, model: Model, work: Work) -> str:
        """Return the price of an order with the options that a user's first card has."""
        cost = known_price(model, self.catalog.resolve(work, {}, own=model))
        return self.t.plain("price-unknown") if cost is None else money(self.t, cost)

    def _do(
        self, text: str, action: ModelsAction, work: Work, endpoint: str = ""
    ) -> InlineKeyboardButton:
        short_id = model_id(endpoint) if endpoint else ""
        data = OnModels(owner=self.owner, action=action, work=work, model=short_id)
        return button(text, data.pack())
