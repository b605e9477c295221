-- Programs of schema 1 and later may run on it.
-- What is due, in the order in which it is taken: with thousands due at once, sorting them at every turn took most of the time.
CREATE INDEX work_in_order ON work (kind, priority, due_at) WHERE parked = 0 AND wanted > done;
