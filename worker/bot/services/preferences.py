"""A user's settings, limited to what the models offer."""

from dataclasses import replace

from infra.fal.model import Work
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.options.catalog import CHOOSE_MODEL, OptionCatalog
from worker.bot.options.model_names import value_id
from worker.bot.views.settings_card import SettingsCard
from worker.model import Options
from worker.users.plain_text import PlainText
from worker.users.presets import Preset, Presets, renamed, with_preset, without
from worker.users.store import User, UserStore


class Preferences:
    def __init__(self, users: UserStore, catalog: OptionCatalog) -> None:
        self._users = users
        self.catalog = catalog

    def settled(self, user: User, draft: Draft, given_options: Options | None = None) -> Options:
        """Return the options of a draft, with `given_options` over them; what the model lacks becomes the default."""
        draft, said = self.permitted(draft), given_options or {}
        if draft.own_model and draft.options is not None:
            return draft.options | said
        options = self.chosen(user, draft)
        return self.catalog.resolve(draft.work, options, draft.pixels, said) | said

    def card(self, current_user: CurrentUser, draft: Draft) -> SettingsCard:
        """Build the settings card of a draft."""
        user = current_user.user
        draft = self.permitted(draft)
        return SettingsCard(
            current_user.t,
            self.catalog,
            user.id,
            draft,
            self.settled(user, draft),
            [preset for preset in user.presets if preset.work is draft.work],
            self.missing(user, draft),
            user.plain_text,
        )

    def permitted(self, draft: Draft) -> Draft:
        """Give up the draft's own model if the user cannot order with it any more."""
        if not draft.model or self.catalog.admits(draft.model):
            return draft
        return draft.model_copy(update={"model": None, "instead_of": draft.model})

    def missing(self, user: User, draft: Draft) -> str:
        """Return the endpoint of the model that the user chose, if another one takes its place; else an empty text."""
        if draft.own_model:
            return ""
        return self.catalog.missing(draft.work, self.chosen(user, draft)) or draft.instead_of

    def chosen(self, user: User, draft: Draft) -> Options:
        """Return the options that the user has chosen for this draft, also those that the model lacks."""
        return user.options(draft.work) if draft.options is None else draft.options

    def choice(self, user: User, draft: Draft, option: str, text: str) -> Options | None:
        """Return the option with the value that a button means by `text`; None if it is not offered (any more)."""
        if option == "quality":  # a button of an earlier release
            change = self.catalog.understood(draft.work, {option: text})
            return change if "model" in change else None
        options = self.settled(user, draft)
        offered = self.catalog.choices(draft.work, options, draft.own_model, draft.pixels)
        values = offered.get(option, ())
        found = [value for value in values if value_id(option, value) == text]
        return {option: found[0]} if found else None

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
        options = preset.options
        if not options.keys() & CHOOSE_MODEL:
            options = options | {"model": self.catalog.models(preset.work)[0].endpoint}
        await self._users.remember(current_user.user.id, preset.work, options)
        return replace(current_user, user=current_user.user.preferring(preset.work, options))

    async def set_plain_text(self, current_user: CurrentUser, value: PlainText) -> CurrentUser:
        """Store what to do with words that the bot did not ask for."""
        await self._users.set_plain_text(current_user.user.id, value)
        return replace(current_user, user=replace(current_user.user, plain_text=value))

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
