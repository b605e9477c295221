-- Programs of schema 1 and later may run on it.
-- What each website showed when it was last looked at, for the overview only: installing and verifying look for themselves.
CREATE TABLE looks (
  vhost       TEXT NOT NULL,
  account     TEXT NOT NULL,
  looked_at   INTEGER NOT NULL,
  -- JSON of the certificate that was shown; NULL when no handshake came about.
  certificate TEXT,
  PRIMARY KEY (vhost, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX looks_by_account ON looks (account);
