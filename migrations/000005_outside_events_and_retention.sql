-- compatible
-- Motive: events from outside are appended once each, and the log gives up what retention has passed in a way that
-- every reader can notice.

-- publish: appends events from outside, each once.
--
-- First the keys, then the append, in one transaction: whoever brings the same event at the same moment waits at the key
-- until the first has committed, and appends nothing. No lock of the append is held while that is waited for. Keys are
-- inserted in their own order, so that two batches cannot wait for each other.
--
-- p_keys: SHA-256 of source and id; p_events: for each key an object as append_events takes it. Returns the positions
-- of those that were appended. The last thing before COMMIT, as every append.
CREATE FUNCTION publish_events(p_keys bytea[], p_events json[]) RETURNS SETOF bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_seen      bigint;
  v_taken     bytea[];
  v_events    json;
  v_positions bigint[];
BEGIN
  SELECT last_value INTO v_seen FROM event_position;
  WITH taken AS (
    INSERT INTO published_key (key, position)
    SELECT DISTINCT k.key, v_seen + 1 FROM unnest(p_keys) AS k (key) ORDER BY k.key
        ON CONFLICT DO NOTHING RETURNING key)
  SELECT array_agg(t.key) INTO v_taken FROM taken t;
  IF v_taken IS NULL THEN
    RETURN;
  END IF;

  -- Of an event that stands in the batch twice, the first.
  SELECT json_agg(f.event ORDER BY f.place), array_agg(f.key ORDER BY f.place) INTO v_events, v_taken
    FROM (SELECT DISTINCT ON (g.key) g.key, g.event, g.place
            FROM unnest(p_keys, p_events) WITH ORDINALITY AS g (key, event, place)
           WHERE g.key = ANY (v_taken) ORDER BY g.key, g.place) f;
  SELECT array_agg(a.position ORDER BY a.place) INTO v_positions
    FROM append_events(v_events) WITH ORDINALITY AS a (position, place);

  -- A key goes with the partition of its event: the lower bound that it carries is enough unless the log was cut since.
  IF partition_of(v_positions[cardinality(v_positions)]) > partition_of(v_seen + 1) THEN
    UPDATE published_key k SET position = p.position FROM unnest(v_taken, v_positions) AS p (key, position)
     WHERE k.key = p.key;
  END IF;
  RETURN QUERY SELECT unnest(v_positions);
END $$;

-- Up to where the log may have been dropped: a cursor below this position may have lost something. It moves first, and
-- the rows go only when everybody who had looked at it before has long read what they came for.
CREATE TABLE log_start (
  one       boolean     PRIMARY KEY DEFAULT true CHECK (one),
  position  bigint      NOT NULL,
  moved_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO log_start (position) VALUES (0);

-- The access version when the day was noted: rows of the registry that were deleted at or below it are older than that.
ALTER TABLE log_day ADD access_version bigint NOT NULL DEFAULT 0;

-- A position from which everything is read that was appended at p_time or later. Positions rise with the time of the
-- append but for moments, so it is found by halving; what was appended in the ten seconds before comes along.
CREATE FUNCTION log_position_at(p_time timestamptz) RETURNS bigint LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
  v_low      bigint := (SELECT s.position FROM log_start s);
  v_high     bigint := (SELECT h.horizon FROM log_horizon() h);
  v_middle   bigint;
  v_position bigint;
  v_appended timestamptz;
BEGIN
  WHILE v_low < v_high LOOP
    v_middle := v_low + (v_high - v_low) / 2;
    SELECT e.position, e.appended_at INTO v_position, v_appended FROM event e
     WHERE e.position > v_middle AND e.position <= v_high ORDER BY e.position LIMIT 1;
    IF v_position IS NULL OR v_appended >= p_time - interval '10 seconds' THEN
      v_high := v_middle;
    ELSE
      v_low := v_position;
    END IF;
  END LOOP;
  RETURN v_low;
END $$;
