-- Return the first update of a chat and renew the lease, or end the lease of an empty inbox.
local function next_update(chat, inbox, lease, head, lease_ms)
  local body = redis.call('LINDEX', inbox, 0)
  if body then
    redis.call('PEXPIRE', lease, lease_ms)
  else
    redis.call('DEL', lease, head)
    redis.call('ZREM', 'darkroom:chats', chat)
  end
  return body
end
