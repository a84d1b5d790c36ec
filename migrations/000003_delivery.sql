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
  state         text        NOT NULL CHECK (state IN ('delivered', 'withheld', 'dead', 'expired')),
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

-- One statement in which a process renews its lanes, advances their cursors and takes over those whose lease has run
-- out. A lane that it held and that is not in the answer has been lost. p_held: [{lane, epoch, cursor}].
CREATE FUNCTION lease_lanes(p_owner uuid, p_lease interval, p_held json)
RETURNS TABLE (lane smallint, epoch bigint, cursor bigint, taken boolean) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY
    UPDATE lane l SET lease_until = clock_timestamp() + p_lease, cursor = greatest(l.cursor, h.cursor)
      FROM json_to_recordset(p_held) AS h (lane smallint, epoch bigint, cursor bigint)
     WHERE l.lane = h.lane AND l.epoch = h.epoch AND l.owner = p_owner
    RETURNING l.lane, l.epoch, l.cursor, false;
  RETURN QUERY
    UPDATE lane l SET owner = p_owner, epoch = l.epoch + 1, lease_until = clock_timestamp() + p_lease
     WHERE l.lane IN (SELECT f.lane FROM lane f WHERE f.lease_until < clock_timestamp()
                         AND f.lane NOT IN (SELECT (h ->> 'lane')::smallint FROM json_array_elements(p_held) h)
                         FOR UPDATE SKIP LOCKED)
    RETURNING l.lane, l.epoch, l.cursor, true;
END $$;

-- Lane cursors, own positions, parked dialogs, and the outcomes that justify them: in one transaction, and only while
-- every lane named still has the epoch named. Otherwise SQLSTATE BK001, and nothing is written.
--
-- p_batch: {lanes: [{lane, epoch, cursor}], outcomes: [{lane, epoch, subscription, positions, highest, state}],
--   own: [{subscription, position, cause}], joined: [{subscription, lane, position}],
--   parked: [{subscription, order_key, resource, resource_instance, head, attempt, wait_ms, cause}],
--   unparked: [{subscription, order_key}],
--   dead: [{subscription, order_key, position, event_id, type, resource, resource_instance, bytes, attempts, cause}],
--   log: [{subscription, state, positions, attempt, status, cause, milliseconds}]}
CREATE FUNCTION settle(p_owner uuid, p_letter_days integer, p_batch json) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_held bigint;
BEGIN
  SELECT count(*) INTO v_held FROM (
    SELECT FROM lane l JOIN json_to_recordset(p_batch -> 'lanes') AS b (lane smallint, epoch bigint)
        ON l.lane = b.lane AND l.epoch = b.epoch AND l.owner = p_owner FOR UPDATE OF l) held;
  IF v_held <> json_array_length(p_batch -> 'lanes') THEN
    RAISE EXCEPTION 'a lane has another owner' USING ERRCODE = 'BK001';
  END IF;

  -- A subscription joins its lane only where it is at or beyond the lane's cursor: what lies between stays known
  -- through its outcomes. Behind the cursor it would lose events.
  IF EXISTS (SELECT FROM json_to_recordset(p_batch -> 'joined') AS j (subscription integer, lane smallint, position bigint)
               JOIN lane l ON l.lane = j.lane WHERE l.cursor > j.position) THEN
    RAISE EXCEPTION 'a subscription would join its lane behind the cursor' USING ERRCODE = 'BK002';
  END IF;
  DELETE FROM own_position o USING json_to_recordset(p_batch -> 'joined') AS j (subscription integer)
   WHERE o.subscription = j.subscription;

  INSERT INTO own_position (subscription, position, cause)
  SELECT w.subscription, w.position, w.cause
    FROM json_to_recordset(p_batch -> 'own') AS w (subscription integer, position bigint, cause text)
    JOIN subscription s ON s.id = w.subscription
      ON CONFLICT (subscription) DO UPDATE SET position = excluded.position;

  UPDATE lane l SET cursor = greatest(l.cursor, b.cursor)
    FROM json_to_recordset(p_batch -> 'lanes') AS b (lane smallint, cursor bigint) WHERE l.lane = b.lane;

  INSERT INTO outcome (lane, epoch, subscription, positions, highest, state)
  SELECT o.lane, o.epoch, o.subscription, o.positions, o.highest, o.state
    FROM json_to_recordset(p_batch -> 'outcomes') AS o (lane smallint, epoch bigint, subscription integer,
                                                        positions bigint[], highest bigint, state text);
  DELETE FROM outcome o USING json_to_recordset(p_batch -> 'lanes') AS b (lane smallint), lane l
   WHERE o.lane = b.lane AND l.lane = b.lane AND o.highest <= l.cursor
     AND o.highest <= coalesce((SELECT w.position FROM own_position w WHERE w.subscription = o.subscription), l.cursor);

  DELETE FROM parked_dialog p USING json_to_recordset(p_batch -> 'unparked') AS u (subscription integer, order_key text)
   WHERE p.subscription = u.subscription AND p.order_key = u.order_key;
  INSERT INTO parked_dialog (subscription, order_key, resource, resource_instance, head, attempt, next_at, cause)
  SELECT p.subscription, p.order_key, p.resource, p.resource_instance, p.head, p.attempt,
         clock_timestamp() + p.wait_ms * interval '1 millisecond', p.cause
    FROM json_to_recordset(p_batch -> 'parked') AS p (subscription integer, order_key text, resource text,
           resource_instance text, head bigint, attempt smallint, wait_ms float8, cause text)
    JOIN subscription s ON s.id = p.subscription
      ON CONFLICT (subscription, order_key) DO UPDATE
     SET head = excluded.head, attempt = excluded.attempt, next_at = excluded.next_at, cause = excluded.cause;

  INSERT INTO dead_letter (subscription, order_key, position, event_id, type, resource, resource_instance, bytes,
                           attempts, cause, expires_at)
  SELECT d.subscription, d.order_key, d.position, d.event_id, d.type, d.resource, d.resource_instance, d.bytes,
         d.attempts, d.cause, clock_timestamp() + p_letter_days * interval '1 day'
    FROM json_to_recordset(p_batch -> 'dead') AS d (subscription integer, order_key text, position bigint, event_id text,
           type text, resource text, resource_instance text, bytes text, attempts smallint, cause text)
    JOIN subscription s ON s.id = d.subscription
      ON CONFLICT (subscription, position) DO NOTHING;

  INSERT INTO delivery_log (subscription, state, positions, attempt, status, cause, milliseconds)
  SELECT g.subscription, g.state, g.positions, g.attempt, g.status, g.cause, g.milliseconds
    FROM json_to_recordset(p_batch -> 'log') AS g (subscription integer, state text, positions bigint[],
           attempt smallint, status smallint, cause text, milliseconds integer);
END $$;
