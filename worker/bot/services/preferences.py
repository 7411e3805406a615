"""A user's settings, limited to what the models offer."""

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

    def settled(self, user: User, draft: Draft, given_options: Options | None = None) -> Options:
        """Return the options of a draft, with `given_options` over them; what the model lacks becomes the default."""
        said = given_options or {}
        if draft.own_model and draft.options is not None:
            return draft.options | said
        options = user.options(draft.work) if draft.options is None else draft.options
        return self.catalog.resolve(draft.work, options, draft.pixels, said) | said

    def card(self, current_user: CurrentUser, draft: Draft) -> SettingsCard:
        """Build the settings card of a draft."""
        user = current_user.user
        return SettingsCard(
            current_user.t,
            self.catalog,
            user.id,
            draft,
            self.settled(user, draft),
            [preset for preset in user.presets if preset.work is draft.work],
        )

    def value(self, user: User, draft: Draft, option: str, text: str) -> Value | None:
        """Return the value of an option with this text; None if it is not offered (any more)."""
        options = self.settled(user, draft)
        offered = self.catalog.choices(draft.work, options, draft.own_model, draft.pixels)
        values = offered.get(option, ())
        return next((value for value in values if str(value) == text), None)

    async def change(
        self, current_user: CurrentUser, draft: Draft, change: Options
    ) -> SettingsCard:
        """Change settings of this order and, unless it has a model of its own, of later orders; return the new card."""
        if not draft.own_model:
            current_user = await self.remember(current_user, draft.work, change)
        return self.card(current_user, draft.changed(change))

    async def remember(self, current_user: CurrentUser, work: Work, change: Options) -> CurrentUser:
        """Store settings for later orders."""
        # Keep what this model lacks, in case the user returns to the other one.
        options = current_user.user.options(work) | change
        await self._users.remember(current_user.user.id, work, options)
        return replace(current_user, user=current_user.user.preferring(work, options))

    async def apply(self, current_user: CurrentUser, preset: Preset) -> CurrentUser:
        """Replace the user's settings by the preset's; options that the preset lacks become unset."""
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
