-- Release a job's slot, and assign free slots.
-- requires: worker.limits.slots
-- cluster: no: it reads the wait queues of all users
release_slot(job_id, fal_slots)
