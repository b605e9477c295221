-- Programs of schema 1 and later may run on it.
-- Many certificates that somebody wants anew at once, and how far it is: what follows each one since then tells.
CREATE TABLE bulks (
  id         INTEGER PRIMARY KEY,
  by         TEXT NOT NULL,
  reason     TEXT NOT NULL,
  urgent     INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  stopped_at INTEGER
) STRICT;

CREATE TABLE bulk_items (
  bulk      INTEGER NOT NULL REFERENCES bulks (id),
  reference TEXT NOT NULL REFERENCES requests (reference),
  PRIMARY KEY (bulk, reference)
) STRICT, WITHOUT ROWID;
