-- Set the expected cost of a job in one of these statuses, and the ledger, unless a budget refuses the increase.
-- requires: worker.limits.ledger, worker.jobs.record
-- cluster: no: it writes keys of the job and of all users
if is_packed(job) then return PACKED end
local status = redis.call('HGET', job, 'status')
if not status or not string.find(expected, ' ' .. status .. ' ', 1, true) then return 0 end
write_fields(job, fields)
local difference = micros(cost) - micros(redis.call('HGET', job, 'cost'))
local refusal = difference > 0 and refuse_spending(day, user_id, difference, cjson.decode(limits))
if refusal then return refusal end
redis.call('HSET', job, 'cost', cost)
count(day, 'spent', owners_of(user_id, model), difference)
return 1
