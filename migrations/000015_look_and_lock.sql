-- compatible
-- Motive: looking and locking were two queries inside two functions, and took an append as long as two of its indexes.

-- The first two of the three statements of every append (see append_events in 000001): where the sequence stands, and the
-- lock on that number, which is returned. Whoever calls this draws next, and only whoever has called it draws.
--
-- Each statement is an expression, which PL/pgSQL computes by itself, without a plan, a snapshot and an executor. Two
-- functions rather than one, it still is one statement after the other. A number that cannot be read is null, and then
-- nothing would be locked.
CREATE FUNCTION look_and_lock() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_seen bigint;
BEGIN
  v_seen := pg_sequence_last_value('event_position');
  IF pg_advisory_xact_lock_shared(append_lock(v_seen)) IS NULL THEN
    RAISE EXCEPTION 'where the log stands cannot be read';
  END IF;
  RETURN v_seen;
END $$;

-- append, as in 000001.
CREATE OR REPLACE FUNCTION append_events(p_events json) RETURNS SETOF bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_seen bigint;
BEGIN
  v_seen := look_and_lock();
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

-- append, of one event, as in 000013.
CREATE OR REPLACE FUNCTION append_event(p_audience text, p_owner text, p_change bigint, p_dialog_sequence bigint,
                                        p_type text, p_resource text, p_resource_instance text, p_subject text,
                                        p_source text, p_id text, p_time timestamptz, p_bytes text, p_trace text)
RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_seen     bigint;
  v_position bigint;
BEGIN
  v_seen := look_and_lock();
  v_position := nextval('event_position');
  INSERT INTO event (position, audience, owner, change, dialog_sequence, type, resource, resource_instance, subject,
                     source, id, time, bytes, trace)
  VALUES (v_position, p_audience, p_owner, p_change, p_dialog_sequence, p_type, p_resource, p_resource_instance,
          p_subject, p_source, p_id, p_time, p_bytes, p_trace);
  RETURN v_position;
END $$;

DROP FUNCTION mark_append();
