-- compatible
-- Motive: most changes tell one event, and its JSON took PostgreSQL a third of the append. And a process that started
-- while others appended could take the log for one that was copied, and cut it for nothing.

-- The first two of the three statements of every append (see append_events): where the sequence stands, and the lock on
-- that number. Whoever calls this draws next, and only whoever has called it draws.
CREATE FUNCTION mark_append() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_seen bigint;
BEGIN
  SELECT last_value INTO v_seen FROM event_position;
  PERFORM pg_advisory_xact_lock_shared(append_lock(v_seen));
END $$;

-- append, as in 000001.
CREATE OR REPLACE FUNCTION append_events(p_events json) RETURNS SETOF bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM mark_append();
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

-- append, of one event, whose columns come as they are. Returns its position.
CREATE FUNCTION append_event(p_audience text, p_owner text, p_change bigint, p_dialog_sequence bigint, p_type text,
                             p_resource text, p_resource_instance text, p_subject text, p_source text, p_id text,
                             p_time timestamptz, p_bytes text, p_trace text)
RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_position bigint;
BEGIN
  PERFORM mark_append();
  v_position := nextval('event_position');
  INSERT INTO event (position, audience, owner, change, dialog_sequence, type, resource, resource_instance, subject,
                     source, id, time, bytes, trace)
  VALUES (v_position, p_audience, p_owner, p_change, p_dialog_sequence, p_type, p_resource, p_resource_instance,
          p_subject, p_source, p_id, p_time, p_bytes, p_trace);
  RETURN v_position;
END $$;

-- open_epoch, as in 000001, but what has been appended is looked up before the sequence, which then has passed it. The
-- other way round, an append that commits between the two is higher than the number seen, as if it had been copied here
-- from another database, and the log is cut for nothing.
CREATE OR REPLACE FUNCTION open_epoch(p_epoch text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_appended bigint;
  v_seen     bigint;
  v_highest  bigint;
  v_first    bigint;
  v_bound    bigint := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(1, 1);
  v_appended := greatest((SELECT max(e.position) FROM event e), (SELECT max(e.first_position) FROM epoch e));
  SELECT s.last_value INTO v_seen FROM event_position s;
  v_highest := greatest(v_seen, v_appended);
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
