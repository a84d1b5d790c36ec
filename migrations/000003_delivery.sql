-- compatible
-- Motive: who wants which events, and how far each has come. There is no row for a delivery that succeeds at once:
-- a lane's cursor passes it. Rows exist for what could not be delivered, and for what lies above a cursor.

CREATE TABLE subscription (
  id                 integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- A hash of the id: everything about one subscription has one home.
  lane               smallint    NOT NULL GENERATED ALWAYS AS (((id::bigint * 2654435761) >> 16) & 255) STORED,
  endpoint           text        NOT NULL,
  resource_filter    text        NOT NULL,
  subject_filter     text,
  source_filter      text,
  type_filter        text,
  include_subunits   boolean     NOT NULL DEFAULT false,
  consumer           text        NOT NULL,
  created_by         text        NOT NULL,
  -- The identity, scopes and authentication level it was made with; delivery decides with these.
  identity           jsonb       NOT NULL,
  created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  validated          boolean     NOT NULL DEFAULT false,
  -- Where the handshake stands: attempts made, and when the next is due. NULL when validated or given up.
  handshake_attempt  smallint    NOT NULL DEFAULT 0,
  handshake_at       timestamptz,
  state              text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
  state_reason       text,
  -- Where it began to listen.
  start_position     bigint      NOT NULL,
  ordering           text        NOT NULL DEFAULT 'dialog' CHECK (ordering IN ('dialog', 'none')),
  on_exhausted       text        NOT NULL DEFAULT 'continue' CHECK (on_exhausted IN ('continue', 'hold')),
  -- Seconds between attempts; NULL is the documented schedule.
  retry_schedule     integer[],
  format             text        NOT NULL DEFAULT 'structured',
  -- SHA-256 of (consumer, endpoint, filters); twins are refused by the index, not by a look.
  fingerprint        bytea       NOT NULL,
  version            bigint      NOT NULL,
  deleted_at         timestamptz
);
CREATE UNIQUE INDEX subscription_twin ON subscription (fingerprint) WHERE deleted_at IS NULL;
CREATE INDEX subscription_consumer ON subscription (consumer, id) WHERE deleted_at IS NULL;
CREATE INDEX subscription_lane ON subscription (lane);
CREATE INDEX subscription_version ON subscription (version);

-- Several are active during a rotation; each signs.
CREATE TABLE subscription_secret (
  subscription  integer     NOT NULL REFERENCES subscription ON DELETE CASCADE,
  number        smallint    NOT NULL,
  sealed        bytea       NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at    timestamptz,
  PRIMARY KEY (subscription, number)
);

-- A lane is a share of the subscriptions and belongs to one process at a time. Whoever leases it raises the epoch;
-- every write about the lane names the epoch, and an old one is refused.
CREATE TABLE lane (
  lane         smallint    PRIMARY KEY,
  owner        uuid,
  epoch        bigint      NOT NULL DEFAULT 0,
  lease_until  timestamptz NOT NULL DEFAULT '-infinity',
  -- Everything at or below is settled for every subscription of the lane that has no position of its own.
  cursor       bigint      NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO lane (lane) SELECT generate_series(0, 255);

-- A subscription that does not keep up with its lane, or has not begun: read for it alone, from here.
CREATE TABLE own_position (
  subscription  integer     PRIMARY KEY REFERENCES subscription ON DELETE CASCADE,
  position      bigint      NOT NULL,
  cause         text        NOT NULL,
  since         timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);

-- One row for each dialog of a subscription that waits for its next attempt. What is behind the head stays in the log.
CREATE TABLE parked_dialog (
  subscription       integer     NOT NULL REFERENCES subscription ON DELETE CASCADE,
  -- (resource, instance), or the position of an event that has no instance and so is its own key.
  order_key          text        NOT NULL,
  resource           text        NOT NULL,
  resource_instance  text,
  head               bigint      NOT NULL,
  attempt            smallint    NOT NULL,
  next_at            timestamptz NOT NULL,
  cause              text        NOT NULL,
  since              timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (subscription, order_key)
) WITH (fillfactor = 70);

-- Out of attempts: kept with its own bytes for its own time, replayable.
CREATE TABLE dead_letter (
  id                 bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription       integer     NOT NULL REFERENCES subscription ON DELETE CASCADE,
  order_key          text        NOT NULL,
  position           bigint      NOT NULL,
  event_id           text        NOT NULL,
  type               text        NOT NULL,
  resource           text        NOT NULL,
  resource_instance  text,
  bytes              text        NOT NULL,
  attempts           smallint    NOT NULL,
  cause              text        NOT NULL,
  died_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  settled_at         timestamptz,
  expires_at         timestamptz NOT NULL,
  UNIQUE (subscription, position)
);
CREATE INDEX dead_letter_missing ON dead_letter (subscription, order_key) WHERE settled_at IS NULL;
CREATE INDEX dead_letter_expiry ON dead_letter (expires_at);

-- What is settled above a cursor, so that a new owner of the lane does not send it again. Goes when the cursor has
-- passed it.
CREATE TABLE outcome (
  lane          smallint    NOT NULL,
  epoch         bigint      NOT NULL,
  subscription  integer     NOT NULL,
  positions     bigint[]    NOT NULL,
  -- The highest of them: when the cursor has passed it, the row goes.
  highest       bigint      NOT NULL,
  state         text        NOT NULL CHECK (state IN ('delivered', 'withheld', 'parked', 'expired')),
  at            timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX outcome_lane ON outcome (lane, highest);

-- A copy for people to read, kept for two weeks: one row for each subscription and flush of successes, one for each
-- failure.
CREATE TABLE delivery_log (
  subscription  integer     NOT NULL,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  state         text        NOT NULL,
  positions     bigint[]    NOT NULL,
  attempt       smallint    NOT NULL,
  status        smallint,
  cause         text,
  milliseconds  integer
);
CREATE INDEX delivery_log_subscription ON delivery_log (subscription, at DESC);
CREATE INDEX delivery_log_time ON delivery_log USING brin (at);
