-- compatible
-- Motive: the log is the truth that every channel reads. It is append-only, ordered by position, partitioned by
-- ranges of position, and read through two functions that hold everything there is to know about positions.

-- Why the odd minimum: a sequence whose first number was never drawn reports that number as its `last_value`, and a
-- reader would then take the first event for one it has already passed. Position 0 is drawn here and never used.
CREATE SEQUENCE event_position AS bigint MINVALUE 0 START 0 CACHE 1 NO CYCLE;
SELECT nextval('event_position');

CREATE TABLE event (
  position          bigint      NOT NULL,
  -- 'all'; 'owner' while visibleFrom holds the dialog back; 'others' when a held event is released to the rest.
  audience          text        NOT NULL CHECK (audience IN ('all', 'owner', 'others')),
  -- Organisation number of the service owner as of the append: this one is `owner`, everybody else `others`.
  owner             text        NOT NULL,
  -- Counts every row of the dialog; the live cursor. NULL for events published from outside.
  change            bigint,
  -- Counts the published events of the dialog, contiguous from 1. NULL for our own and outside events.
  dialog_sequence   bigint,
  type              text        NOT NULL,
  resource          text        NOT NULL,
  resource_instance text,
  subject           text,
  source            text        NOT NULL,
  id                text        NOT NULL,
  time              timestamptz,
  -- The CloudEvent as it was composed or received, byte for byte: signatures cover bytes, and jsonb reorders keys.
  bytes             text        NOT NULL,
  -- W3C traceparent of the request that caused the event.
  trace             text,
  appended_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (position)
) PARTITION BY RANGE (position);

CREATE INDEX event_resource ON event (resource, position);
CREATE INDEX event_instance ON event (resource, resource_instance, position);
CREATE INDEX event_subject ON event (subject, position);
CREATE INDEX event_id ON event (id, position);

-- Events that visibleFrom keeps from everybody but the owner, kept here until release because retention may pass the
-- log rows first. Release copies them to the log for 'others'; purge deletes them.
CREATE TABLE held_event (
  dialog            uuid        NOT NULL,
  change            bigint      NOT NULL,
  dialog_sequence   bigint,
  owner             text        NOT NULL,
  type              text        NOT NULL,
  resource          text        NOT NULL,
  resource_instance text        NOT NULL,
  subject           text,
  source            text        NOT NULL,
  id                text        NOT NULL,
  time              timestamptz,
  bytes             text        NOT NULL,
  trace             text,
  PRIMARY KEY (dialog, change)
);

-- One row for each timeline of the database that has served: a cursor names its epoch, so that a position from before
-- a restore or a failover is recognised.
CREATE TABLE epoch (
  epoch          text        PRIMARY KEY,
  first_position bigint      NOT NULL UNIQUE,
  started_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Where each day began in the log, for readers who know a time and need a position.
CREATE TABLE log_day (
  day      date   PRIMARY KEY,
  position bigint NOT NULL
);

-- Versions are rows, changed in the transaction that changes what they count: a sequence would let a reader see the
-- higher number before the lower one has committed.
CREATE TABLE version (
  name  text   PRIMARY KEY,
  value bigint NOT NULL
);
INSERT INTO version (name, value) VALUES ('access', 0), ('subscription', 0);

CREATE FUNCTION bump_version(p_name text) RETURNS bigint LANGUAGE sql AS $$
  UPDATE version SET value = value + 1 WHERE name = p_name RETURNING value
$$;

-- The class of advisory locks that mark an append under way. All other advisory locks use the two-integer form, so
-- nothing else can stand in this range.
CREATE FUNCTION append_lock(p_seen bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT (1::bigint << 56) | p_seen
$$;

-- append: draws the positions and writes the rows.
--
-- Three separate statements, in this order, at every append: read where the sequence stands, lock that number in share
-- mode until the transaction ends, draw. Whoever sees the lock knows that numbers above it may still be undecided;
-- whoever does not see it read the sequence before the draw. The lock must be taken anew each time, because one taken
-- inside a savepoint goes when the savepoint is rolled back.
--
-- Call it while the dialog's row lock is held and as the last thing before COMMIT: positions then rise with the
-- dialog's own order, and no reader waits for longer than one round trip.
--
-- p_events: array of {audience, owner, change, dialog_sequence, type, resource, resource_instance, subject, source,
-- id, time, bytes, trace}. Returns the positions in the order given.
CREATE FUNCTION append_events(p_events json) RETURNS SETOF bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_seen bigint;
BEGIN
  SELECT last_value INTO v_seen FROM event_position;
  PERFORM pg_advisory_xact_lock_shared(append_lock(v_seen));
  RETURN QUERY
    INSERT INTO event (position, audience, owner, change, dialog_sequence, type, resource, resource_instance, subject,
                       source, id, time, bytes, trace)
    SELECT nextval('event_position'), e.audience, e.owner, e.change, e.dialog_sequence, e.type, e.resource,
           e.resource_instance, e.subject, e.source, e.id, e.time, e.bytes, e.trace
      FROM json_to_recordset(p_events) AS e (
             audience text, owner text, change bigint, dialog_sequence bigint, type text, resource text,
             resource_instance text, subject text, source text, id text, time timestamptz, bytes text, trace text)
    RETURNING event.position;
END $$;

-- The horizon: every number at or below it is decided, committed or rolled back. First the head of the sequence, then
-- the lowest append lock in this database; the lower of the two. The order matters: an append that takes its lock
-- after the second statement draws a number above the head that the first one read. A horizon below the head tells a
-- reader that more is about to be decided, so that it need not wait for a hint that a rollback never sends.
CREATE FUNCTION log_horizon(OUT horizon bigint, OUT head bigint) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  SELECT last_value INTO head FROM event_position;
  SELECT least(head, min(((l.classid::bigint << 32) | l.objid::bigint) - (1::bigint << 56))) INTO horizon
    FROM pg_locks l
   WHERE l.locktype = 'advisory' AND l.objsubid = 1
     AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
     AND l.classid::bigint >= (1::bigint << 24) AND l.classid::bigint < (1::bigint << 25);
END $$;

-- The highest committed row after p_after and at or below the horizon, else p_after. Cursors only ever stand on
-- committed rows: after a crash the sequence may step back over numbers that no row has. VOLATILE, so that it sees every
-- row that was decided when the horizon was computed, even by the statement that calls it.
CREATE FUNCTION log_end(p_after bigint, p_horizon bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
BEGIN
  RETURN coalesce((SELECT e.position FROM event e WHERE e.position > p_after AND e.position <= p_horizon
                    ORDER BY e.position DESC LIMIT 1), p_after);
END $$;

-- The rows that the best index for the filter finds after p_after and at or below p_horizon, in order, at most p_rows.
-- Each path is a statement of its own, because one statement that serves every filter would use no index well.
--
-- Plans are made once per connection, perhaps while a partition is empty, and for the average resource though some are
-- rare. So nothing is left to statistics: each path asks for an order that only its own index has, and may not sort.
-- All rows of a path are equal in what stands before the position, so it is the order of positions.
CREATE FUNCTION log_rows(p_after bigint, p_horizon bigint, p_rows integer, p_resource text, p_instance text, p_subject text)
RETURNS SETOF event LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
BEGIN
  IF p_resource IS NOT NULL AND p_instance IS NOT NULL THEN
    RETURN QUERY SELECT * FROM event e WHERE e.resource = p_resource
       AND (e.resource_instance, e.position) > (p_instance, p_after)
       AND (e.resource_instance, e.position) <= (p_instance, p_horizon)
       AND e.position > p_after AND e.position <= p_horizon ORDER BY e.resource_instance, e.position LIMIT p_rows;
  ELSIF p_subject IS NOT NULL THEN
    RETURN QUERY SELECT * FROM event e
     WHERE (e.subject, e.position) > (p_subject, p_after) AND (e.subject, e.position) <= (p_subject, p_horizon)
       AND e.position > p_after AND e.position <= p_horizon ORDER BY e.subject, e.position LIMIT p_rows;
  ELSIF p_resource IS NOT NULL THEN
    RETURN QUERY SELECT * FROM event e
     WHERE (e.resource, e.position) > (p_resource, p_after) AND (e.resource, e.position) <= (p_resource, p_horizon)
       AND e.position > p_after AND e.position <= p_horizon ORDER BY e.resource, e.position LIMIT p_rows;
  ELSE
    RETURN QUERY SELECT * FROM event e
     WHERE e.position > p_after AND e.position <= p_horizon ORDER BY e.position LIMIT p_rows;
  END IF;
END $$;

-- read: the one way to read the log.
--
-- VOLATILE and under READ COMMITTED, so that the statement that reads the rows has a newer snapshot than the ones that
-- computed the horizon, and the one that reads the versions a newer snapshot still. In one statement, as STABLE or
-- under REPEATABLE READ it looks right and loses rows.
--
-- Looks at no more than p_scan rows, returns those that match the whole filter, and ends after p_limit rows or p_bytes
-- bytes of events (one event is always returned, however large). NULL means "any"; p_types are LIKE patterns.
-- The last row is the trailer: `id` is NULL, `position` the next cursor, `looked_at` the number of rows looked at,
-- `more` whether the page was cut short, `undecided` whether appends above the horizon are under way; no decision about
-- the rows may rest on versions older than the trailer's.
CREATE FUNCTION read_log(p_after bigint, p_limit integer, p_scan integer, p_bytes integer,
                         p_resource text, p_instance text, p_subject text, p_types text[])
RETURNS TABLE ("position" bigint, audience text, owner text, change bigint, dialog_sequence bigint, type text,
               resource text, resource_instance text, subject text, source text, id text, bytes text, trace text,
               appended_at timestamptz, looked_at integer, more boolean, undecided boolean,
               access_version bigint, subscription_version bigint)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_horizon bigint;
  v_head    bigint;
  v_next    bigint := p_after;
  v_given   integer := 0;
  v_room    integer := p_bytes;
  v_chunk   integer := least(p_limit, p_scan - 1) + 1;
  v_asked   integer := 0;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the log is read under READ COMMITTED' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  SELECT h.horizon, h.head INTO v_horizon, v_head FROM log_horizon() h;
  looked_at := 0;
  more := false;

  -- In chunks, because what is found is fetched whole: the first holds one row more than a page that nothing is left
  -- out of, and where much is left out they grow. Everything up to the horizon is decided, so they make one page.
  LOOP
    v_asked := v_asked + v_chunk;
    FOR "position", audience, owner, change, dialog_sequence, type, resource, resource_instance, subject, source, id,
        bytes, trace, appended_at IN
      SELECT r.position, r.audience, r.owner, r.change, r.dialog_sequence, r.type, r.resource, r.resource_instance,
             r.subject, r.source, r.id, r.bytes, r.trace, r.appended_at
        FROM log_rows(v_next, v_horizon, v_chunk, p_resource, p_instance, p_subject) r
    LOOP
      IF (p_resource IS NULL OR resource = p_resource)
         AND (p_subject IS NULL OR subject = p_subject)
         AND (p_instance IS NULL OR resource_instance = p_instance)
         AND (p_types IS NULL OR type LIKE ANY (p_types)) THEN
        v_room := v_room - octet_length(bytes);
        more := v_given > 0 AND (v_given = p_limit OR v_room < 0);
        EXIT WHEN more;
        RETURN NEXT;
        v_given := v_given + 1;
      END IF;
      looked_at := looked_at + 1;
      v_next := "position";
    END LOOP;
    more := more OR looked_at = p_scan;
    EXIT WHEN more OR looked_at < v_asked;
    v_chunk := least(2 * v_chunk, p_scan - looked_at);
  END LOOP;

  -- A page that was not cut short has read everything up to the horizon: the cursor moves past rows of other filters.
  IF NOT more THEN
    v_next := log_end(v_next, v_horizon);
  END IF;
  "position" := v_next;  id := NULL;  bytes := NULL;  undecided := v_horizon < v_head;
  SELECT max(v.value) FILTER (WHERE v.name = 'access'), max(v.value) FILTER (WHERE v.name = 'subscription')
    INTO access_version, subscription_version FROM version v;
  RETURN NEXT;
END $$;

-- Partitions are ranges of position, 2^32 wide, so that a page of the log touches one or two of them. They are named
-- for their number: event_p0, event_p1, …
CREATE FUNCTION partition_of(p_position bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT (p_position >> 32)::integer
$$;

-- Makes sure that partitions up to p_number exist. A new one is made apart and attached: creating it in place would
-- lock the whole log against writes.
CREATE FUNCTION ensure_partitions(p_number integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_number integer;
  v_name   text;
BEGIN
  PERFORM pg_advisory_xact_lock(1, 1);
  FOR v_number IN SELECT n FROM generate_series(partition_of((SELECT s.last_value FROM event_position s)), p_number) n LOOP
    v_name := 'event_p' || v_number;
    CONTINUE WHEN to_regclass(v_name) IS NOT NULL;
    EXECUTE format('CREATE TABLE %I (LIKE event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', v_name);
    EXECUTE format('ALTER TABLE event ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                   v_name, v_number::bigint << 32, (v_number + 1)::bigint << 32);
  END LOOP;
END $$;

-- Ends partition p_from: moves the sequence to the next bound, which is a number that no row gets. The only place that
-- moves the sequence; never backwards. Cutting a partition that has already been cut moves nothing, so two cutters cut
-- once. Two partitions lie ahead afterwards, also when an earlier cut was rolled back: its setval was not. Returns the
-- bound that the log now stands at or beyond.
CREATE FUNCTION cut_log(p_from integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_bound bigint := (p_from + 1)::bigint << 32;
BEGIN
  PERFORM pg_advisory_xact_lock(1, 1);
  PERFORM ensure_partitions(p_from + 3);
  IF partition_of((SELECT s.last_value FROM event_position s)) <= p_from THEN
    PERFORM setval('event_position', v_bound);
  END IF;
  RETURN v_bound;
END $$;

SELECT ensure_partitions(2);

-- Registers the timeline that this database now serves under. A new one, after a restore or a failover, starts at the
-- next bound, so that no position is ever given twice; only a log without any history starts at 0. Tables that were
-- copied into another database bring positions that its sequence has not seen: then it moves beyond them, also where
-- the timeline is the same. Returns the first position of the epoch.
CREATE FUNCTION open_epoch(p_epoch text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_seen    bigint;
  v_highest bigint;
  v_first   bigint;
  v_bound   bigint := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(1, 1);
  SELECT s.last_value INTO v_seen FROM event_position s;
  v_highest := greatest(v_seen, (SELECT max(e.position) FROM event e), (SELECT max(e.first_position) FROM epoch e));
  SELECT e.first_position INTO v_first FROM epoch e WHERE e.epoch = p_epoch;
  IF v_first IS NOT NULL AND v_seen = v_highest THEN
    RETURN v_first;
  END IF;
  IF v_highest > 0 OR EXISTS (SELECT FROM epoch) THEN
    v_bound := cut_log(partition_of(v_highest));
  END IF;
  INSERT INTO epoch (epoch, first_position) VALUES (p_epoch, v_bound) ON CONFLICT (epoch) DO NOTHING;
  RETURN coalesce(v_first, v_bound);
END $$;

-- Outside publishers' events, once each: SHA-256 of source and id. A key goes with the partition its position is in.
CREATE TABLE published_key (
  key      bytea  NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (key)
) PARTITION BY HASH (key);
CREATE TABLE published_key_0 PARTITION OF published_key FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE published_key_1 PARTITION OF published_key FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE published_key_2 PARTITION OF published_key FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE published_key_3 PARTITION OF published_key FOR VALUES WITH (MODULUS 4, REMAINDER 3);
CREATE INDEX published_key_position ON published_key (position);
