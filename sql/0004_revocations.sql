-- Tokens that were taken back: one by its jti, or those of a subject that were issued up to a time. The key is SHA-256
-- of issuer, kind and value, so that a look-up compares 32 bytes, however long the values are.
CREATE TABLE claimstake.revocations (
  key           bytea       PRIMARY KEY CHECK (octet_length(key) = 32),
  issuer        text        NOT NULL,
  jti           text,
  subject       text,
  issued_before timestamptz,
  revoked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- NULL: for ever.
  expires_at    timestamptz,
  CHECK (num_nonnulls(jti, subject) = 1),
  CHECK ((subject IS NULL) = (issued_before IS NULL))
);
CREATE INDEX revocations_revoked_at ON claimstake.revocations (revoked_at);
CREATE INDEX revocations_expires_at ON claimstake.revocations (expires_at);

-- Whoever writes here is heard by every instance when the transaction is committed.
CREATE FUNCTION claimstake.tell_revocations() RETURNS trigger LANGUAGE plpgsql AS $tell$
BEGIN
  PERFORM pg_catalog.pg_notify('claimstake_revocations', '');
  RETURN NULL;
END
$tell$;
CREATE TRIGGER tell_revocations AFTER INSERT OR UPDATE ON claimstake.revocations
  FOR EACH STATEMENT EXECUTE FUNCTION claimstake.tell_revocations();
