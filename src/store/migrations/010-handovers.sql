-- Programs of schema 1 and later may run on it.
-- An account on its way from this server to another one of the fleet, or the other way round.
CREATE TABLE handovers (
  id         TEXT PRIMARY KEY,
  -- out, in
  direction  TEXT NOT NULL,
  -- The other server, in the fleet's words; NULL while nothing has arrived.
  peer       TEXT,
  account    TEXT NOT NULL,
  -- out: preparing, offered; in: awaited, arrived; both: taken, withdrawn.
  state      TEXT NOT NULL,
  -- in: the key that the file is sealed for.
  key_id     TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- What goes along, with what it was before: nothing is done about it until it is clear whose it is.
CREATE TABLE handover_items (
  handover  TEXT NOT NULL REFERENCES handovers (id),
  reference TEXT NOT NULL,
  state     TEXT NOT NULL,
  reason    TEXT,
  PRIMARY KEY (handover, reference)
) STRICT, WITHOUT ROWID;
