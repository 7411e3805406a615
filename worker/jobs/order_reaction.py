"""The reaction on the message of a quick order in a group, in place of a card."""

#: Seconds: a model that usually takes less gets no card, unless a job takes longer.
QUICK_SECONDS = 10
#: https://core.telegram.org/bots/api#reactiontypeemoji
WORKING = "👀"
READY = "👌"
