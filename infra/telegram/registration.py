"""Constants of the webhook's registration: https://core.telegram.org/bots/api#setwebhook."""

#: The kinds of updates that the bot handles and requests from Telegram.
HANDLED_UPDATES = ("message", "edited_message", "callback_query", "inline_query")

#: Path of the webhook, below public_url.
WEBHOOK_PATH = "/telegram/webhook"
