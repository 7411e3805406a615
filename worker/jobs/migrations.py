"""Backfill for jobs of earlier versions: the indexes, and each user's jobs in flight.

It runs from the oldest job on, a page at a time, and resumes where it stopped. Every key is listed in docs/redis.md.
"""

from arq.connections import ArqRedis

from infra.redis.client import Script
from worker.jobs.indexes import INDEXES
from worker.limits.ledger import LEDGER

_PAGE = 500
_DONE = "~"  # greater than every letter of an id

_BACKFILL = f"""{LEDGER}{INDEXES}
local last = redis.call('GET', 'darkroom:backfilled') or ''
if last == '{_DONE}' then return 0 end
local ids = redis.call('ZRANGEBYLEX', 'darkroom:jobs', '(' .. last, '+', 'LIMIT', 0, {_PAGE})
for _, id in ipairs(ids) do
  local request, status = unpack(redis.call('HMGET', 'darkroom:job:' .. id, 'request', 'status'))
  local is_whole, asked = pcall(cjson.decode, request)
  if is_whole and type(asked) == 'table' and tonumber(asked.person_id) and type(asked.kind) == 'string' and status then
    local person = string.format('%.0f', asked.person_id)
    add_to_indexes(id, person, asked.kind)
    update_indexes(id, person, '', status)
    if not ENDED[status] then redis.call('SADD', 'darkroom:in-flight:' .. person, id) end
  end
end
redis.call('SET', 'darkroom:backfilled', ids[#ids] or '{_DONE}')
return #ids
"""


class Backfill:
    def __init__(self, redis: ArqRedis) -> None:
        self._fill_page = Script(redis, _BACKFILL)

    async def run(self) -> int:
        """Process all remaining jobs; return their number."""
        filled = 0
        while page := int(await self._fill_page()):
            filled += page
        return filled
