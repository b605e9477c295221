-- Times are milliseconds since 1970 in UTC. JSON columns hold what is only ever read as a whole.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE requests (
  id                 INTEGER PRIMARY KEY,
  reference          TEXT NOT NULL UNIQUE,
  kind               TEXT NOT NULL,
  predecessor        TEXT REFERENCES requests (reference),
  account            TEXT,
  account_created_at TEXT,
  names              TEXT NOT NULL,
  product_id         INTEGER,
  product_name       TEXT,
  validation         TEXT,
  years              INTEGER,
  dcv_method         TEXT,
  key_id             TEXT,
  csr                TEXT,
  ca_request_id      INTEGER,
  ca_certificate_id  INTEGER,
  state              TEXT NOT NULL,
  reason             TEXT,
  detail             TEXT NOT NULL DEFAULT '',
  -- 0 someone must act, 1 under way, 2 in order, 3 closed: lists show problems first.
  rank               INTEGER NOT NULL,
  steps              TEXT NOT NULL DEFAULT '[]',
  fingerprint        TEXT,
  not_after          INTEGER,
  -- First time the CA knew neither request nor certificate; a single such answer proves nothing (F-09).
  gone_since         INTEGER,
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_by_ca_request ON requests (ca_request_id);
CREATE INDEX requests_by_ca_certificate ON requests (ca_certificate_id);
CREATE INDEX requests_by_rank ON requests (rank, updated_at DESC);
CREATE INDEX requests_by_account ON requests (account, rank, updated_at DESC);
CREATE INDEX requests_by_state ON requests (state, account);
CREATE INDEX requests_by_key ON requests (key_id);
CREATE INDEX requests_by_predecessor ON requests (predecessor);

-- Search by any part of a name, account or number.
CREATE VIRTUAL TABLE request_search USING fts5 (reference UNINDEXED, words, tokenize = 'trigram');

CREATE TABLE dcv_names (
  reference TEXT NOT NULL REFERENCES requests (reference),
  name      TEXT NOT NULL,
  method    TEXT,
  state     TEXT NOT NULL,
  -- The name in the CA's own spelling, to be sent back exactly (U9).
  ca_name   TEXT NOT NULL,
  record    TEXT,
  file      TEXT,
  email     TEXT,
  reason    TEXT,
  asked_at  INTEGER,
  PRIMARY KEY (reference, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE certificates (
  fingerprint  TEXT PRIMARY KEY,
  reference    TEXT NOT NULL REFERENCES requests (reference),
  key_id       TEXT NOT NULL,
  pem          TEXT NOT NULL,
  chain_pem    TEXT NOT NULL,
  collected_at INTEGER NOT NULL
) STRICT;
CREATE INDEX certificates_by_reference ON certificates (reference);

CREATE TABLE installations (
  id             INTEGER PRIMARY KEY,
  reference      TEXT NOT NULL REFERENCES requests (reference),
  fingerprint    TEXT NOT NULL,
  vhost          TEXT NOT NULL,
  account        TEXT NOT NULL,
  names          TEXT NOT NULL DEFAULT '[]',
  addresses      TEXT NOT NULL DEFAULT '[]',
  state          TEXT NOT NULL,
  reason         TEXT,
  detail         TEXT NOT NULL DEFAULT '',
  -- What the vhost carried before, to be put back: PEM here, its key sealed in the key store under this id.
  previous       TEXT,
  previous_pem   TEXT,
  previous_chain TEXT,
  previous_key   TEXT,
  attempts       INTEGER NOT NULL DEFAULT 0,
  next_at        INTEGER,
  -- What was served just before, as a measure for what is served after.
  served_before  TEXT NOT NULL DEFAULT '[]',
  served         TEXT NOT NULL DEFAULT '[]',
  applied_at     INTEGER,
  verified_at    INTEGER,
  checked_at     INTEGER,
  restored_at    INTEGER,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  UNIQUE (fingerprint, vhost)
) STRICT;
CREATE INDEX installations_by_reference ON installations (reference);
CREATE INDEX installations_by_vhost ON installations (vhost, state);
CREATE INDEX installations_with_backup ON installations (previous_key, verified_at) WHERE previous_key IS NOT NULL;
CREATE INDEX installations_by_state ON installations (state, checked_at);

-- Every effect outside this database has a row before it begins and an outcome after it was read back.
CREATE TABLE intents (
  id          INTEGER PRIMARY KEY,
  kind        TEXT NOT NULL,
  key         TEXT NOT NULL,
  expected    TEXT NOT NULL,
  epoch       INTEGER NOT NULL,
  started_at  INTEGER NOT NULL,
  finished_at INTEGER,
  outcome     TEXT
) STRICT;
CREATE INDEX intents_open ON intents (kind, key) WHERE finished_at IS NULL;

-- One row per webhook that was answered with 200. It is committed and synced before the answer (I1).
CREATE TABLE hints (
  id          INTEGER PRIMARY KEY,
  received_at INTEGER NOT NULL,
  source      TEXT NOT NULL,
  request_id  INTEGER NOT NULL,
  status      TEXT NOT NULL,
  state       TEXT,
  domain      TEXT,
  matched     INTEGER NOT NULL
) STRICT;
CREATE INDEX hints_by_request ON hints (request_id, id);
CREATE INDEX hints_unmatched ON hints (request_id) WHERE matched = 0;

-- What remains to be done. `wanted` counts the reasons to do it, `done` the count that the last run started from, so that
-- a hint arriving during a run is never swallowed.
CREATE TABLE work (
  kind       TEXT NOT NULL,
  key        TEXT NOT NULL,
  wanted     INTEGER NOT NULL DEFAULT 0,
  done       INTEGER NOT NULL DEFAULT 0,
  priority   INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,
  -- The wait that was planned, so that a clock set back can't stretch it.
  wait       INTEGER NOT NULL DEFAULT 0,
  attempts   INTEGER NOT NULL DEFAULT 0,
  strikes    INTEGER NOT NULL DEFAULT 0,
  parked     INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX work_due ON work (parked, priority, due_at);

CREATE TABLE timeline (
  id        INTEGER PRIMARY KEY,
  reference TEXT NOT NULL REFERENCES requests (reference),
  at        INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  source    TEXT NOT NULL,
  data      TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX timeline_by_request ON timeline (reference, id);
