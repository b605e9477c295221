-- Programs of schema 1 and later may run on it.
-- An order while it is put together on pages, and what was agreed to. Its reference is the one sent to the CA, so however
-- often it is submitted there is one order.
CREATE TABLE drafts (
  reference    TEXT PRIMARY KEY REFERENCES requests (reference),
  -- JSON: names, product, term, key, validation, organisation.
  choices      TEXT NOT NULL,
  -- Who agreed, at which level, to which price.
  consented_by TEXT,
  level        TEXT,
  cents        INTEGER,
  consented_at INTEGER,
  -- The administrator who approved it, where approval is needed.
  approved_by  TEXT,
  updated_at   INTEGER NOT NULL
) STRICT;

-- What was ordered, for the spending rules.
CREATE TABLE spending (
  reference TEXT PRIMARY KEY REFERENCES requests (reference),
  account   TEXT,
  cents     INTEGER,
  at        INTEGER NOT NULL
) STRICT;
CREATE INDEX spending_by_time ON spending (at, account);

-- Organisation and contact as an account last used them. An account that was made anew is another one (F-32).
CREATE TABLE organisations (
  account            TEXT NOT NULL,
  account_created_at TEXT NOT NULL,
  fields             TEXT NOT NULL,
  updated_at         INTEGER NOT NULL,
  PRIMARY KEY (account, account_created_at)
) STRICT, WITHOUT ROWID;
