-- Keys of callers that send X-Api-Key. Whoever reads this table cannot make a key of what is in it.
CREATE TABLE claimstake.api_keys (
  id          text        PRIMARY KEY CHECK (id ~ '^[0-9a-f]{16}$'),
  name        text        NOT NULL CHECK (name <> ''),
  secret_hash bytea       NOT NULL CHECK (octet_length(secret_hash) = 32),
  created_at  timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz NOT NULL,
  revoked_at  timestamptz
);
