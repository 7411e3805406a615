-- Stop relying on webhooks. One that arrived during the poll was not missed.
-- cluster: no: a job's webhook and the state of all webhooks
if redis.call('EXISTS', webhook) == 1 then return 0 end
return redis.call('DEL', working)
