-- Take the tokens of messages from the buckets of the bot and of a chat. Return an outcome, and milliseconds: until
-- they may be sent, or until the next try.
-- A bucket is the time when it is full again: https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm. A group also
-- has its last messages, newest first. `queue` is the time of the last deferred message, `place` that of this chat's in
-- the bot's queue.
-- requires: infra.telegram.throttle.PATIENCE_MS, infra.telegram.throttle.TokenOutcome, infra.telegram.buckets
-- cluster: no: the bot's bucket, and one of each chat
local all = read_bucket(bot)
local own = read_bucket(chat)

local function opens(bucket, interval, burst)
  return bucket.full - (burst - math.min(messages, burst)) * interval
end

local function window_opens(count)
  local oldest = group_messages > 0 and own.sent[group_messages - count + 1]
  return oldest and oldest + WINDOW_MS or 0
end

local function refuse(at)
  save_bucket(bot, all, 0)
  save_bucket(chat, own, group_messages)
  return { TokenOutcome.REFUSED, math.max(1, math.ceil(at - now)) }
end

local function take_from_chat(at)
  own.full = own.full + messages * chat_interval
  own.place = 0
  for _ = 1, group_messages > 0 and messages or 0 do table.insert(own.sent, 1, at) end
end

local function take_from_bot()
  all.full = all.full + messages * bot_interval
end

local chat_opens = math.max(opens(own, chat_interval, chat_burst),
  window_opens(math.min(messages, group_messages)))
local bot_opens = opens(all, bot_interval, bot_burst)

if is_spare then
  -- Half of each bucket is for messages that cannot wait.
  local at = math.max(all.queue, next_edit(own, group_messages), all.full - bot_burst * bot_interval / 2,
    own.full - chat_burst * chat_interval / 2, window_opens(math.ceil(group_messages / 2)))
  if at > now then return { TokenOutcome.REFUSED, math.ceil(at - now) } end
  own.edited = now
  take_from_chat(now)
  take_from_bot()
  save_bucket(bot, all, 0)
  save_bucket(chat, own, group_messages)
  return { TokenOutcome.TAKEN, 0 }
end

if not is_paid then
  if chat_opens - now > PATIENCE_MS then
    local at = math.min(math.max(chat_opens, own.queue), chat_opens + LONGEST_QUEUE_MS)
    own.queue = at + messages * chat_interval
    -- The next message finds the group's limit later, if it is reached.
    for i = #own.sent >= group_messages and #own.sent or 0, 1, -1 do
      if own.sent[i] + WINDOW_MS > at then
        own.queue = math.max(own.queue, own.sent[i] + WINDOW_MS)
        break
      end
    end
    return refuse(at)
  elseif own.place > now then
    return refuse(own.place)
  end
end

-- A chat that has waited for its place may be late.
local has_waited = own.place > 0 and now - own.place < LONGEST_QUEUE_MS
local bot_at = has_waited and bot_opens or math.max(bot_opens, all.queue)
if bot_at - now > PATIENCE_MS then
  own.place = math.min(math.max(bot_opens - PATIENCE_MS / 2, all.queue), bot_opens + LONGEST_QUEUE_MS)
  all.queue = own.place + messages * bot_interval
  return refuse(own.place)
end

if not is_paid then
  take_from_chat(math.max(now, chat_opens))
  if chat_opens > now then
    -- The bot's tokens are taken when the chat accepts the message: meanwhile they are for other chats.
    save_bucket(chat, own, group_messages)
    return { TokenOutcome.WAIT_FOR_CHAT, math.ceil(chat_opens - now) }
  end
end
take_from_bot()
save_bucket(bot, all, 0)
save_bucket(chat, own, group_messages)
return { TokenOutcome.TAKEN, math.max(0, math.ceil(bot_at - now)) }
