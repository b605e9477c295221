-- Programs of schema 1 and later may run on it.
-- What the next certificate of a request needs to know about this one.
ALTER TABLE requests ADD COLUMN not_before INTEGER;
-- End of the paid term as the CA says it; a certificate may end long before.
ALTER TABLE requests ADD COLUMN term_end INTEGER;
ALTER TABLE requests ADD COLUMN key_kind TEXT;
-- Company and representative as they were sent, to be sent again.
ALTER TABLE requests ADD COLUMN organisation TEXT NOT NULL DEFAULT '{}';
-- What the holder decided about the next term: automatic, ask, never; NULL: the server's policy.
ALTER TABLE requests ADD COLUMN renewal_choice TEXT;
-- Why the next certificate is not under way although it should be.
ALTER TABLE requests ADD COLUMN renewal_problem TEXT;
-- A new certificate is wanted now: since when, and why.
ALTER TABLE requests ADD COLUMN reissue_wanted_at INTEGER;
ALTER TABLE requests ADD COLUMN key_destroyed_at INTEGER;

CREATE INDEX requests_with_idle_key ON requests (updated_at) WHERE rank = 3 AND key_destroyed_at IS NULL;
CREATE INDEX requests_by_end ON requests (not_after) WHERE not_after IS NOT NULL;

-- Most rows of `work` are done; what waits is found without them.
DROP INDEX work_due;
CREATE INDEX work_waiting ON work (kind, due_at) WHERE parked = 0 AND wanted > done;
