-- compatible
-- Motive: a subscriber sees what is out of attempts, has it sent again or gives it up, and may have a dialog wait for that;
-- and has sent again what the log holds, after a fault of their own or when a right has come back. A program of before goes
-- on with a dialog that waits, and leaves alone what is to be sent again.

-- In the order in which a flush takes them, or both would wait for each other.
LOCK TABLE subscription, parked_dialog, dead_letter IN ACCESS EXCLUSIVE MODE;

ALTER TABLE dead_letter
  -- Since when it is to be sent again.
  ADD COLUMN asked_at timestamptz;
CREATE INDEX dead_letter_unsettled ON dead_letter (subscription, position) WHERE settled_at IS NULL;
CREATE INDEX dead_letter_asked ON dead_letter (subscription, position) WHERE asked_at IS NOT NULL AND settled_at IS NULL;

ALTER TABLE parked_dialog
  -- Out of attempts: it waits until the dead letter at its head is settled.
  ADD COLUMN held boolean NOT NULL DEFAULT false;

ALTER TABLE subscription
  -- Raised with everything that its maker asks for about dead letters and replays: the owner of its lane looks.
  ADD COLUMN recovery integer NOT NULL DEFAULT 0;

-- The last replay of a subscription; one runs at a time.
CREATE TABLE replay (
  subscription   integer     PRIMARY KEY REFERENCES subscription ON DELETE CASCADE,
  -- Tells it from the ones before it.
  number         integer     NOT NULL DEFAULT 1,
  from_position  bigint      NOT NULL,
  -- Everything at or below has been sent again.
  position       bigint      NOT NULL,
  to_position    bigint      NOT NULL,
  state          text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'cancelled')),
  asked_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at       timestamptz,
  delivered      bigint      NOT NULL DEFAULT 0,
  withheld       bigint      NOT NULL DEFAULT 0,
  refused        bigint      NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE INDEX replay_running ON replay (subscription) WHERE state = 'running';

-- Lane cursors, own positions, parked dialogs, and the outcomes that justify them: in one transaction, and only while
-- every lane named still has the epoch named. Otherwise SQLSTATE BK001, and nothing is written.
--
-- p_batch: {lanes: [{lane, epoch, cursor}], outcomes: [{lane, epoch, subscription, positions, highest, state}],
--   own: [{subscription, position, cause}], joined: [{subscription, lane, position}],
--   parked: [{subscription, order_key, resource, resource_instance, head, attempt, wait_ms, cause, held}],
--   unparked: [{subscription, order_key}],
--   dead: [{subscription, order_key, position, event_id, type, resource, resource_instance, bytes, attempts, cause}],
--   log: [{subscription, state, positions, attempt, status, cause, milliseconds}]}
CREATE OR REPLACE FUNCTION settle(p_owner uuid, p_letter_days integer, p_batch json) RETURNS void LANGUAGE plpgsql AS $$
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
  INSERT INTO parked_dialog (subscription, order_key, resource, resource_instance, head, attempt, next_at, cause, held)
  SELECT p.subscription, p.order_key, p.resource, p.resource_instance, p.head, p.attempt,
         clock_timestamp() + p.wait_ms * interval '1 millisecond', p.cause, coalesce(p.held, false)
    FROM json_to_recordset(p_batch -> 'parked') AS p (subscription integer, order_key text, resource text,
           resource_instance text, head bigint, attempt smallint, wait_ms float8, cause text, held boolean)
    JOIN subscription s ON s.id = p.subscription
      ON CONFLICT (subscription, order_key) DO UPDATE
     SET head = excluded.head, attempt = excluded.attempt, next_at = excluded.next_at, cause = excluded.cause,
         held = excluded.held;

  INSERT INTO dead_letter (subscription, order_key, position, event_id, type, resource, resource_instance, bytes,
                           attempts, cause, expires_at)
  SELECT d.subscription, d.order_key, d.position, d.event_id, d.type, d.resource, d.resource_instance, d.bytes,
         d.attempts, d.cause, clock_timestamp() + p_letter_days * interval '1 day'
    FROM json_to_recordset(p_batch -> 'dead') AS d (subscription integer, order_key text, position bigint, event_id text,
           type text, resource text, resource_instance text, bytes text, attempts smallint, cause text)
    JOIN subscription s ON s.id = d.subscription
      ON CONFLICT (subscription, position) DO UPDATE
     -- It was sent again, and is out of attempts anew.
     SET settled_at = NULL, asked_at = NULL, died_at = clock_timestamp(), attempts = excluded.attempts,
         cause = excluded.cause, expires_at = excluded.expires_at
   WHERE dead_letter.settled_at IS NOT NULL;

  INSERT INTO delivery_log (subscription, state, positions, attempt, status, cause, milliseconds)
  SELECT g.subscription, g.state, g.positions, g.attempt, g.status, g.cause, g.milliseconds
    FROM json_to_recordset(p_batch -> 'log') AS g (subscription integer, state text, positions bigint[],
           attempt smallint, status smallint, cause text, milliseconds integer);
END $$;

-- `settle`, and in the same transaction what has become of endpoints, of those that were sent elsewhere, and of dead
-- letters that were sent again.
--
-- p_more: {breakers: [{subscription, phase, because, since_ms, next_ms, probes}], sound: [{subscription}],
--   sought: [{subscription, number}], letters: [{subscription, position, settled, attempts, cause}]}
CREATE OR REPLACE FUNCTION settle_more(p_owner uuid, p_letter_days integer, p_batch json, p_more json) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM lane l WHERE l.lane IN (SELECT (b ->> 'lane')::smallint FROM json_array_elements(p_batch -> 'lanes') b)
    ORDER BY l.lane FOR UPDATE;
  UPDATE subscription s SET seek_done = q.number
    FROM json_to_recordset(p_more -> 'sought') AS q (subscription integer, number integer) WHERE s.id = q.subscription;
  DELETE FROM outcome o USING json_to_recordset(p_more -> 'sought') AS q (subscription integer)
   WHERE o.subscription = q.subscription;
  DELETE FROM parked_dialog p USING json_to_recordset(p_more -> 'sought') AS q (subscription integer)
   WHERE p.subscription = q.subscription;

  -- Refuses an owner whose epoch is old, and with it everything here.
  PERFORM settle(p_owner, p_letter_days, p_batch);

  DELETE FROM breaker b USING json_to_recordset(p_more -> 'sound') AS d (subscription integer)
   WHERE b.subscription = d.subscription;
  INSERT INTO breaker (subscription, phase, because, since, next_at, probes)
  SELECT b.subscription, b.phase, b.because, clock_timestamp() - b.since_ms * interval '1 millisecond',
         clock_timestamp() + b.next_ms * interval '1 millisecond', b.probes
    FROM json_to_recordset(p_more -> 'breakers') AS b (subscription integer, phase text, because text, since_ms float8,
           next_ms float8, probes integer)
    JOIN subscription s ON s.id = b.subscription
      ON CONFLICT (subscription) DO UPDATE
     SET phase = excluded.phase, because = excluded.because, since = excluded.since, next_at = excluded.next_at,
         probes = excluded.probes, announced = breaker.announced AND breaker.phase = excluded.phase;

  UPDATE dead_letter d
     SET asked_at = NULL, attempts = t.attempts, cause = coalesce(t.cause, d.cause),
         settled_at = CASE WHEN t.settled THEN clock_timestamp() END
    FROM json_to_recordset(p_more -> 'letters') AS t (subscription integer, position bigint, settled boolean,
           attempts smallint, cause text)
   WHERE d.subscription = t.subscription AND d.position = t.position AND d.settled_at IS NULL;
END $$;
