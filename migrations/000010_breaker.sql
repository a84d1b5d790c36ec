-- compatible
-- Motive: an endpoint that fails as a whole, that asks us to wait, or that is gone, is left alone, and neither a restart
-- nor another process forgets that. And whoever resumes a subscription says where from.

-- One row for each subscription whose endpoint is not sound.
CREATE TABLE breaker (
  subscription  integer     PRIMARY KEY REFERENCES subscription ON DELETE CASCADE,
  phase         text        NOT NULL CHECK (phase IN ('held', 'recovering')),
  -- Why it is held: it fails as a whole, it asked us to wait, it answered 410.
  because       text        CHECK (because IN ('failing', 'asked', 'gone')),
  -- Since when nothing has succeeded; disabling counts from here.
  since         timestamptz NOT NULL,
  -- When the next request may be sent.
  next_at       timestamptz NOT NULL,
  probes        integer     NOT NULL,
  -- The subscription's maker has been told that it is about to be disabled.
  announced     boolean     NOT NULL DEFAULT false
) WITH (fillfactor = 70);

-- A subscription that is resumed from another place: the owner of its lane goes there, forgets what it had standing, and
-- says so by raising `seek_done` in the same transaction.
ALTER TABLE subscription
  ADD COLUMN seek_number   integer NOT NULL DEFAULT 0,
  ADD COLUMN seek_done     integer NOT NULL DEFAULT 0,
  ADD COLUMN seek_position bigint;

-- `settle`, and in the same transaction what has become of endpoints and of those that were sent elsewhere.
--
-- p_more: {breakers: [{subscription, phase, because, since_ms, next_ms, probes}], sound: [{subscription}],
--   sought: [{subscription, number}]}
CREATE FUNCTION settle_more(p_owner uuid, p_letter_days integer, p_batch json, p_more json) RETURNS void
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
END $$;
