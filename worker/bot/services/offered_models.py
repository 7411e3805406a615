"""The models that users can choose, as an admin changes them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from infra.fal.model import Model, Work
from infra.fal.models.catalogue import MODELS
from worker.bot.options.catalog import OptionCatalog
from worker.bot.options.model_names import model_id
from worker.bot.options.offers import MAX_OFFERED, ModelLists, Offer, Offers, OfferStore
from worker.users.roles import Role

# From all users to admins only, and around.
_ROLES = (Role.GUEST, Role.MEMBER, Role.ADMIN)


class NotPossible(Exception):  # noqa: N818 - the name says what happened
    """The list stays as it is; the argument is the key of a text that says why."""


@dataclass(frozen=True)
class OfferedModels:
    store: OfferStore
    catalog: OptionCatalog

    async def lists(self) -> ModelLists:
        """Return the lists without regard to a user."""
        return replace(self.catalog.lists, changed=await self.store.read())

    async def addable(self, work: Work) -> list[Model]:
        """Return the models of the catalogue that are not offered for this work."""
        offered = {offer.model for offer in (await self.lists()).all(work)}
        return [model for model in MODELS.of_work(work) if model.endpoint not in offered]

    async def add(self, work: Work, short_id: str) -> None:
        """Offer a model to all, as the last one. Raises NotPossible."""
        found = next((m for m in MODELS.of_work(work) if model_id(m.endpoint) == short_id), None)
        if found is None:
            raise NotPossible("not-offered")
        endpoint = found.endpoint

        def change(offers: Offers) -> Offers:
            if any(offer.model == endpoint for offer in offers):
                return offers
            if len(offers) >= MAX_OFFERED:
                raise NotPossible("models-full")
            return (*offers, Offer(model=endpoint))

        await self._change(work, change)

    async def remove(self, work: Work, short_id: str) -> None:
        """Stop offering a model. Raises NotPossible for the last one that all users can choose."""
        await self._change(
            work, lambda offers: tuple(o for o in offers if model_id(o.model) != short_id)
        )

    async def move(self, work: Work, short_id: str, by: int) -> None:
        """Move a model up (-1) or down (1)."""

        def change(offers: Offers) -> Offers:
            places = [at for at, offer in enumerate(offers) if model_id(offer.model) == short_id]
            moved = list(offers)
            for place in places:
                if 0 <= place + by < len(moved):
                    moved.insert(place + by, moved.pop(place))
            return tuple(moved)

        await self._change(work, change)

    async def next_role(self, work: Work, short_id: str) -> None:
        """Offer a model to fewer users, from admins only to all again. Raises NotPossible."""

        def changed(offer: Offer) -> Offer:
            role = _ROLES[(_ROLES.index(offer.role) + 1) % len(_ROLES)]
            same = model_id(offer.model) == short_id
            return offer.model_copy(update={"role": role}) if same else offer

        await self._change(work, lambda offers: tuple(map(changed, offers)))

    async def reset(self, work: Work) -> None:
        await self.store.reset(work)

    async def _change(self, work: Work, change: Callable[[Offers], Offers]) -> None:
        def checked(offers: Offers) -> Offers:
            changed = change(offers)
            if not any(o.role is Role.GUEST and o.known(work) for o in changed):
                raise NotPossible("models-last")
            return changed

        await self.store.change(work, self.catalog.lists.defaults[work], checked)
