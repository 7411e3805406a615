-- Record a vote of a user and count it in the ranking, without the user; `reveals` ends the voting.
-- Until then a vote replaces the earlier one of the same user. The end removes who has voted for what.
-- requires: worker.comparisons.store.TIE, worker.comparisons.store.Outcome, worker.comparisons.ranking.RANKING_SECONDS
-- cluster: no: it writes a comparison and the ranking of its work
local function count(pair, change)
  if redis.call('HINCRBY', ranking, pair, change) <= 0 then redis.call('HDEL', ranking, pair) end
end

local candidates, revealed = unpack(redis.call('HMGET', comparison, 'candidates', 'revealed'))
if not candidates then return Outcome.GONE end
if revealed then return Outcome.CLOSED end

local function model(number)
  return redis.call('HGET', comparison, 'model:' .. string.sub(candidates, number, number))
end

local function count_vote(vote, change)
  redis.call('HINCRBY', comparison, 'votes:' .. vote, change)
  local chosen = string.find(candidates, vote, 1, true)
  for one = 1, #candidates do
    for other = one + 1, #candidates do
      if vote == TIE then
        local pair = { model(one), model(other) }
        table.sort(pair)
        count(pair[1] .. '=' .. pair[2], change)
      elseif chosen == one then
        count(model(one) .. '>' .. model(other), change)
      elseif chosen == other then
        count(model(other) .. '>' .. model(one), change)
      end
    end
  end
  redis.call('EXPIRE', ranking, RANKING_SECONDS)
end

local outcome = Outcome.COUNTED
if choice ~= '' then
  if choice ~= TIE and not string.find(candidates, choice, 1, true) then return Outcome.GONE end
  local before = redis.call('HGET', comparison, 'vote:' .. user)
  if before ~= choice then
    if before then
      outcome = Outcome.CHANGED
      count_vote(before, -1)
    end
    count_vote(choice, 1)
    redis.call('HSET', comparison, 'vote:' .. user, choice)
  end
end
if reveals then
  redis.call('HSET', comparison, 'revealed', '1')
  for _, name in ipairs(redis.call('HKEYS', comparison)) do
    if string.sub(name, 1, 5) == 'vote:' then redis.call('HDEL', comparison, name) end
  end
end
return outcome
