-- Programs of schema 1 and later may run on it.
-- Messages about a request, both ways, as the CA keeps them (spec xolphin-api §3.9).
CREATE TABLE notes (
  reference TEXT NOT NULL REFERENCES requests (reference),
  ca_id     INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  from_ca   INTEGER NOT NULL,
  message   TEXT NOT NULL,
  PRIMARY KEY (reference, ca_id)
) STRICT, WITHOUT ROWID;

-- When somebody last answered what the CA asked for: an older announcement asks for nothing any more.
ALTER TABLE requests ADD COLUMN answered_at INTEGER;

-- The way that was asked for while the CA still names the one before, and since when.
ALTER TABLE dcv_names ADD COLUMN wanted TEXT;
ALTER TABLE dcv_names ADD COLUMN wanted_at INTEGER;
-- Ways that did not work for this name, so that each is tried by itself once.
ALTER TABLE dcv_names ADD COLUMN tried TEXT NOT NULL DEFAULT '[]';
