"""What Telegram is told when the webhook is set: https://core.telegram.org/bots/api#setwebhook."""

#: The kinds that the bot handles, and so asks Telegram for.
HANDLED_UPDATES = ("message", "edited_message", "callback_query")

#: Where the front door takes them, below public_url.
WEBHOOK_PATH = "/telegram/webhook"
