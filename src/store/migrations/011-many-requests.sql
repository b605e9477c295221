-- Programs of schema 1 and later may run on it.
-- What regular checks ask, answered from indices alone: with a hundred thousand requests, reading the rows themselves kept
-- webhooks and pages waiting for seconds.
CREATE INDEX requests_unsettled ON requests (state, reference, ca_request_id, ca_certificate_id, fingerprint) WHERE rank < 2;
DROP INDEX requests_by_end;
CREATE INDEX requests_by_end ON requests (not_after, state, reference) WHERE not_after IS NOT NULL;
-- Certificates whose successor does not come, by the reason and by the successor that waits for somebody.
CREATE INDEX requests_with_problem ON requests (reference) WHERE renewal_problem IS NOT NULL;
CREATE INDEX requests_halted ON requests (predecessor) WHERE predecessor IS NOT NULL AND state IN ('draft', 'needs-you', 'failed');
-- Names whose answers are published.
CREATE INDEX dcv_names_published ON dcv_names (reference) WHERE record IS NOT NULL OR file IS NOT NULL;
-- What somebody was sent today.
CREATE INDEX notices_by_outcome ON notices (outcome, settled_at);
