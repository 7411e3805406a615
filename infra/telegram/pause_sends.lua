-- After a 429: no message to this chat for the time that Telegram asked. Telegram does not say which of its limits was
-- reached: a second chat that is refused within that time proves that it was the bot's.
-- requires: infra.telegram.buckets
-- cluster: no: the bot's bucket, and one of each chat
local all = read_bucket(bot)
local own = read_bucket(chat)
local other = redis.call('GET', refused)
local is_bot = other and other ~= chat
local until_bot = is_bot and now + wait_ms or now
all.full = math.max(all.full, until_bot + (bot_burst - 1) * bot_interval)
own.full = math.max(own.full, now + wait_ms + (chat_burst - 1) * chat_interval)
redis.call('SET', refused, chat, 'PX', wait_ms)
save_bucket(bot, all, 0)
save_bucket(chat, own, group_messages)
