-- Count what a call of the prompt helper costs, and record it for the comparison with fal's bills.
-- requires: worker.limits.ledger, worker.limits.ledger.HELPER, worker.model.Status
-- cluster: no: it writes keys of all users
local name = HELPER .. request_id
if request_id ~= '' and redis.call('HEXISTS', charges, name) == 1 then return 0 end
local owners = { '', ':person:' .. user_id }
count(day, 'spent', owners, micros(cost))
count(day, 'helper', owners, micros(cost))
count(day, 'helper-calls', { '' }, 1)
if request_id ~= '' then
  store_charge(charges, name, string.format('%.0f %s %s', micros(cost), Status.DONE, request_id))
end
return 1
