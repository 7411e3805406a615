-- Store a translation; a user has a bounded number of them, after which all but the new one are forgotten.
-- requires: worker.prompt_helper.translation_cache.MOST, worker.prompt_helper.translation_cache.SECONDS
-- cluster: one slot
if redis.call('HLEN', translations) >= MOST then redis.call('DEL', translations) end
redis.call('HSET', translations, digest, text)
redis.call('EXPIRE', translations, SECONDS)
