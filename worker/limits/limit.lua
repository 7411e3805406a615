-- Return a limit: an admin's value takes precedence over the setting. Scripts read limits in the step that they limit,
-- so a change applies to the next order.
-- requires: worker.limits.limits.FIELDS
local function limit(name, setting)
  return tonumber(redis.call('HGET', 'darkroom:limits', FIELDS[name]) or setting)
end
