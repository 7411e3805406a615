-- Return a limit: an admin's value takes precedence over the setting. Scripts read limits in the step that they limit,
-- so a change applies to the next order.
-- requires: worker.limits.limits.FIELDS
local changed_limits

local function limit(name, setting)
  if not changed_limits then
    changed_limits = {}
    local stored = redis.call('HGETALL', 'darkroom:limits')
    for i = 1, #stored, 2 do
      changed_limits[stored[i]] = stored[i + 1]
    end
  end
  return tonumber(changed_limits[FIELDS[name]] or setting)
end
