-- Requests at fal: each belongs to one job.
-- requires: worker.jobs.inquiries.CLAIM_SECONDS
local function request_key(request_id) return 'darkroom:fal-request:' .. request_id end

local function holder_of(request_id) return redis.call('GET', request_key(request_id)) end

-- Return whether the request belongs to this job from now on.
local function claim_request(request_id, id)
  local holder = holder_of(request_id)
  if holder and holder ~= id then return false end
  redis.call('SET', request_key(request_id), id, 'EX', CLAIM_SECONDS)
  return true
end
