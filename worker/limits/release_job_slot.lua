-- Release a job's slot, and assign free slots.
-- requires: worker.limits.slots, worker.limits.limit, worker.limits.limits.Limit
-- cluster: no: it reads the wait queues of all users
release_slot(job_id, limit(Limit.FAL_SLOTS, fal_slots))
