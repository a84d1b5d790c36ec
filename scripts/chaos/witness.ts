import pg from 'pg';

/**
 * What the database itself writes down, in a schema of its own that the program does not know. A process is known by
 * the name of its sessions.
 *
 * At every change of a lane's owner, in the transaction that changes it, the state that the next owner takes over is
 * copied: what is not settled there may be sent again, and nothing else. Whoever writes about a lane must be its owner,
 * and nothing that is a promise may be taken back.
 */
const SETUP = `
CREATE SCHEMA chaos;
CREATE TABLE chaos.holder (lane smallint PRIMARY KEY, name text NOT NULL);
CREATE TABLE chaos.takeover (lane smallint NOT NULL, epoch bigint NOT NULL, at float8 NOT NULL, name text NOT NULL,
  subscription integer NOT NULL, position bigint NOT NULL, settled bigint[] NOT NULL, parked jsonb NOT NULL);
CREATE TABLE chaos.breach (at float8 NOT NULL, what text NOT NULL);

CREATE FUNCTION chaos.now_ms() RETURNS float8 LANGUAGE sql AS 'SELECT extract(epoch FROM clock_timestamp()) * 1000';

CREATE FUNCTION chaos.who() RETURNS text LANGUAGE sql AS $$
  SELECT split_part(current_setting('application_name'), ' ', 1) $$;

CREATE FUNCTION chaos.takes_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO chaos.holder VALUES (NEW.lane, chaos.who()) ON CONFLICT (lane) DO UPDATE SET name = excluded.name;
  INSERT INTO chaos.takeover
  SELECT NEW.lane, NEW.epoch, chaos.now_ms(), chaos.who(), s.id, coalesce(o.position, NEW.cursor),
         ARRAY(SELECT unnest(u.positions) FROM public.outcome u WHERE u.subscription = s.id),
         coalesce((SELECT jsonb_object_agg(p.order_key, p.head) FROM public.parked_dialog p WHERE p.subscription = s.id), '{}')
    FROM public.subscription s LEFT JOIN public.own_position o ON o.subscription = s.id
   WHERE s.lane = NEW.lane AND s.deleted_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER chaos_takes_over AFTER UPDATE ON lane FOR EACH ROW WHEN (NEW.epoch > OLD.epoch)
  EXECUTE FUNCTION chaos.takes_over();

CREATE FUNCTION chaos.breaks(p_what text) RETURNS void LANGUAGE sql AS $$
  INSERT INTO chaos.breach VALUES (chaos.now_ms(), p_what) $$;

CREATE FUNCTION chaos.owns(p_lane smallint, p_what text) RETURNS void LANGUAGE sql AS $$
  SELECT chaos.breaks(format('%s was written by %s, and lane %s belongs to %s', p_what, chaos.who(), p_lane, h.name))
    FROM chaos.holder h WHERE h.lane = p_lane AND h.name <> chaos.who() AND chaos.who() LIKE 'process-%' $$;

CREATE FUNCTION chaos.lane_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.cursor < OLD.cursor OR NEW.epoch < OLD.epoch THEN
    PERFORM chaos.breaks(format('lane %s went back: %s to %s', NEW.lane, OLD, NEW));
  END IF;
  IF NEW.epoch = OLD.epoch THEN PERFORM chaos.owns(NEW.lane, 'a lane cursor'); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER chaos_lane_moves AFTER UPDATE OF cursor, epoch ON lane FOR EACH ROW EXECUTE FUNCTION chaos.lane_moves();

CREATE FUNCTION chaos.own_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.position < OLD.position THEN
    PERFORM chaos.breaks(format('own position of %s went back: %s to %s', NEW.subscription, OLD.position, NEW.position));
  END IF;
  PERFORM chaos.owns(s.lane, 'an own position') FROM public.subscription s WHERE s.id = NEW.subscription;
  RETURN NULL;
END $$;
CREATE TRIGGER chaos_own_moves AFTER UPDATE ON own_position FOR EACH ROW EXECUTE FUNCTION chaos.own_moves();

CREATE FUNCTION chaos.parks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM chaos.owns(s.lane, 'a parked dialog') FROM public.subscription s WHERE s.id = NEW.subscription;
  RETURN NULL;
END $$;
CREATE TRIGGER chaos_parks AFTER INSERT OR UPDATE ON parked_dialog FOR EACH ROW EXECUTE FUNCTION chaos.parks();

CREATE FUNCTION chaos.settles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM chaos.breaks(format('an outcome of epoch %s was written, and lane %s has %s', NEW.epoch, l.lane, l.epoch))
    FROM public.lane l WHERE l.lane = NEW.lane AND l.epoch <> NEW.epoch;
  RETURN NULL;
END $$;
CREATE TRIGGER chaos_settles AFTER INSERT ON outcome FOR EACH ROW EXECUTE FUNCTION chaos.settles();
`;

/** From here on the database writes down what its processes do to each other. */
export async function callWitness(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(SETUP);
  await client.end();
}
