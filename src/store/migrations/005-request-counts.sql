-- Programs of schema 1 and later may run on it.
-- How many requests each account has of each rank, kept by the triggers below: an administrator's list shows the sums on
-- every page, and counting a hundred thousand rows takes longer than all the rest. '' stands for no account.
CREATE TABLE request_counts (
  account TEXT NOT NULL,
  rank    INTEGER NOT NULL,
  n       INTEGER NOT NULL,
  PRIMARY KEY (account, rank)
) STRICT, WITHOUT ROWID;
INSERT INTO request_counts (account, rank, n)
  SELECT ifnull(account, ''), rank, count(*) FROM requests GROUP BY ifnull(account, ''), rank;

CREATE TRIGGER request_counted AFTER INSERT ON requests BEGIN
  INSERT INTO request_counts (account, rank, n) VALUES (ifnull(new.account, ''), new.rank, 1)
    ON CONFLICT (account, rank) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER request_recounted AFTER UPDATE OF account, rank ON requests
  WHEN new.account IS NOT old.account OR new.rank <> old.rank BEGIN
  UPDATE request_counts SET n = n - 1 WHERE account = ifnull(old.account, '') AND rank = old.rank;
  INSERT INTO request_counts (account, rank, n) VALUES (ifnull(new.account, ''), new.rank, 1)
    ON CONFLICT (account, rank) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER request_uncounted AFTER DELETE ON requests BEGIN
  UPDATE request_counts SET n = n - 1 WHERE account = ifnull(old.account, '') AND rank = old.rank;
END;
