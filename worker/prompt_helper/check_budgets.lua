-- Return why nothing more may be spent for a user: a pause, or a budget that is used up; nothing if it may.
-- requires: worker.limits.ledger, worker.limits.limits.Reason
-- cluster: no: it reads keys of the user and of all users
return refuse_pause() or refuse_spending(day, user_id, 1, cjson.decode(limits))
