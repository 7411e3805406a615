"""The bot's identity and its command menu."""

from collections.abc import Awaitable, Callable

from infra.sandbox.telegram.events import personal
from infra.sandbox.telegram.methods.input_files import find_upload
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import ApiError, bad_request
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.wire import Json


async def get_me(sandbox: Sandbox, _parameters: Parameters) -> Json:
    return sandbox.profile.me


async def set_my_commands(sandbox: Sandbox, parameters: Parameters) -> bool:
    commands = parameters.json_array("commands", "BotCommand")
    sandbox.profile.set_commands(*_place(parameters), commands)
    _announce_profile(sandbox)
    return True


async def get_my_commands(sandbox: Sandbox, parameters: Parameters) -> list[Json]:
    return sandbox.profile.commands(*_place(parameters))


async def delete_my_commands(sandbox: Sandbox, parameters: Parameters) -> bool:
    sandbox.profile.delete_commands(*_place(parameters))
    _announce_profile(sandbox)
    return True


def _place(parameters: Parameters) -> tuple[Json, str]:
    scope = parameters.json_object("scope", "BotCommandScope")
    return scope, parameters.text("language_code")


def _announce_profile(sandbox: Sandbox) -> None:
    for user in sandbox.users.all():
        sandbox.events.publish(personal(user.id), {"type": "commands"})


type Method = Callable[[Sandbox, Parameters], Awaitable[object]]


def set_words(name: str, longest: int) -> Method:
    """Return the method that sets the bot's name or one of its descriptions."""

    async def set_(sandbox: Sandbox, parameters: Parameters) -> bool:
        text = parameters.text(name)
        if len(text) > longest:
            raise bad_request(f"bot's {name.replace('_', ' ')} is too long")
        sandbox.profile.set_words(name, parameters.text("language_code"), text)
        _announce_profile(sandbox)
        return True

    return set_


def get_words(name: str) -> Method:
    async def get(sandbox: Sandbox, parameters: Parameters) -> Json:
        return {name: sandbox.profile.words(name, parameters.text("language_code"))}

    return get


async def set_my_profile_photo(sandbox: Sandbox, parameters: Parameters) -> bool:
    """Only a JPEG that is uploaded with the call: https://core.telegram.org/bots/api#inputprofilephotostatic"""
    asked = Parameters(parameters.json_object("photo", "InputProfilePhoto"))
    if asked.text("type") != "static":
        raise ApiError(501, "this fake has no animated profile photos")
    upload = find_upload(parameters, asked.text("photo"))
    if upload is None:
        raise bad_request("profile photo must be uploaded as a file")
    content = await sandbox.attachments.photo(upload)
    sandbox.profile.set_photo(content["photo"])
    _announce_profile(sandbox)
    return True


async def remove_my_profile_photo(sandbox: Sandbox, _parameters: Parameters) -> bool:
    sandbox.profile.set_photo([])
    _announce_profile(sandbox)
    return True


async def get_user_profile_photos(sandbox: Sandbox, parameters: Parameters) -> Json:
    """Return the bot's photo; the fake's users have none."""
    user_id = parameters.integer("user_id")
    if user_id != sandbox.profile.user["id"] and sandbox.users.find(user_id) is None:
        raise bad_request("user not found")
    sizes = sandbox.profile.photo if user_id == sandbox.profile.user["id"] else []
    photos = [sizes] if sizes else []
    return {"total_count": len(photos), "photos": photos}


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": set_words("name", 64),
    "getMyName": get_words("name"),
    "setMyDescription": set_words("description", 512),
    "getMyDescription": get_words("description"),
    "setMyShortDescription": set_words("short_description", 120),
    "getMyShortDescription": get_words("short_description"),
    "setMyProfilePhoto": set_my_profile_photo,
    "removeMyProfilePhoto": remove_my_profile_photo,
    "getUserProfilePhotos": get_user_profile_photos,
}
