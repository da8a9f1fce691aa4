-- Answers to calls with an Idempotency-Key, kept for a day. Key and fingerprint are keyed digests and the answer is
-- sealed: whoever reads this table learns nothing of callers and rows.
CREATE TABLE claimstake.idempotent_answers (
  key         text        PRIMARY KEY CHECK (key ~ '^[A-Za-z0-9_-]{22}$'),
  fingerprint text        NOT NULL CHECK (fingerprint ~ '^[A-Za-z0-9_-]{22}$'),
  answer      text        NOT NULL,
  stored_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotent_answers_stored_at ON claimstake.idempotent_answers (stored_at);
