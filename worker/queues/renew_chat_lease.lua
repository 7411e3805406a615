-- Renew the lease of a chat, unless another drain holds it.
-- cluster: one slot
return redis.call('GET', lease) == token and redis.call('PEXPIRE', lease, lease_ms) or 0
