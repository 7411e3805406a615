"""A person's settings, within what is offered."""

from dataclasses import replace

from infra.fal.model import Value, Work
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.options.catalog import OptionCatalog
from worker.bot.views.settings_card import SettingsCard
from worker.model import Options
from worker.users.presets import Preset, Presets, renamed, with_preset, without
from worker.users.store import User, UserStore


class Preferences:
    def __init__(self, users: UserStore, catalog: OptionCatalog) -> None:
        self._users = users
        self.catalog = catalog

    def settled(self, user: User, draft: Draft, told: Options | None = None) -> Options:
        """What a draft goes by, and what was told this once over it; what the model lacks falls back."""
        said = told or {}
        if draft.own_model and draft.options is not None:
            return draft.options | said
        options = user.options(draft.work) if draft.options is None else draft.options
        return self.catalog.resolve(draft.work, options | said, draft.pixels) | said

    def card(self, current_user: CurrentUser, draft: Draft) -> SettingsCard:
        """What to ask for a draft."""
        user = current_user.user
        return SettingsCard(
            current_user.say,
            self.catalog,
            user.id,
            draft,
            self.settled(user, draft),
            [preset for preset in user.presets if preset.work is draft.work],
        )

    def value(self, user: User, draft: Draft, option: str, text: str) -> Value | None:
        """The value of an option with this text; None when it is not offered (any more)."""
        options = self.settled(user, draft)
        offered = self.catalog.choices(draft.work, options, draft.own_model, draft.pixels)
        values = offered.get(option, ())
        return next((value for value in values if str(value) == text), None)

    async def change(
        self, current_user: CurrentUser, draft: Draft, change: Options
    ) -> SettingsCard:
        """The card with other settings, for this order and, unless they are of a model of its own, for the next."""
        if not draft.own_model:
            current_user = await self.remember(current_user, draft.work, change)
        return self.card(current_user, draft.changed(change))

    async def remember(self, current_user: CurrentUser, work: Work, change: Options) -> CurrentUser:
        """Settings for the next orders, too."""
        # What this model lacks is kept, for when the person returns to the other one.
        options = current_user.user.options(work) | change
        await self._users.remember(current_user.user.id, work, options)
        return replace(current_user, user=current_user.user.preferring(work, options))

    async def apply(self, current_user: CurrentUser, preset: Preset) -> CurrentUser:
        """What a preset does not say is as it was when it was saved: not there."""
        await self._users.remember(current_user.user.id, preset.work, preset.options)
        return replace(current_user, user=current_user.user.preferring(preset.work, preset.options))

    async def save_preset(self, current_user: CurrentUser, draft: Draft, name: str) -> CurrentUser:
        options = self.settled(current_user.user, draft)
        presets = with_preset(current_user.user.presets, name, draft.work, options)
        return await self._keep(current_user, presets)

    async def rename_preset(self, current_user: CurrentUser, number: int, name: str) -> CurrentUser:
        return await self._keep(current_user, renamed(current_user.user.presets, number, name))

    async def delete_preset(self, current_user: CurrentUser, number: int) -> CurrentUser:
        return await self._keep(current_user, without(current_user.user.presets, number))

    async def _keep(self, current_user: CurrentUser, presets: Presets) -> CurrentUser:
        await self._users.keep_presets(current_user.user.id, presets)
        return replace(current_user, user=replace(current_user.user, presets=presets))
