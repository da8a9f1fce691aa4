-- Calls of each caller in its window. Unlogged: after a crash of the database everybody starts anew, and nobody waits
-- for counts to be written to disk. The order of the columns is the one rate-limiter-flexible writes.
CREATE UNLOGGED TABLE claimstake.rate_limits (
  key    text    COLLATE "C" PRIMARY KEY,
  points integer NOT NULL,
  expire bigint
);
CREATE INDEX rate_limits_expire ON claimstake.rate_limits (expire);
