-- compatible
-- Motive: several processes share the lanes evenly, and know each other through this table alone. Who has fewer than
-- others claims some of theirs; the owner stops beginning, settles and gives them back. A program of before keeps using
-- lease_lanes, which takes whatever is free; the function goes with a later, breaking migration. Whoever takes over a
-- lane reads its subscriptions page by page, in the order of lane and id.

ALTER TABLE lane
  -- Who waits for the lane, and until when that counts.
  ADD claimant     uuid,
  ADD claim_until  timestamptz NOT NULL DEFAULT '-infinity';

CREATE INDEX subscription_lane_id ON subscription (lane, id);
DROP INDEX subscription_lane;

-- What a process that has fewer lanes than others may ask of them: one from whoever has most, as long as the giver
-- then still has as many as the taker. A lane that is claimed counts as its claimant's, so that several newcomers
-- share at once and nobody claims what is on its way already.
CREATE FUNCTION lanes_to_claim(p_owner uuid, p_now timestamptz) RETURNS SETOF smallint LANGUAGE sql STABLE AS $$
  WITH prospect AS (
    SELECT l.lane, CASE WHEN l.claim_until > p_now THEN l.claimant ELSE l.owner END AS holder
      FROM lane l WHERE l.lease_until > p_now OR l.claim_until > p_now
  ), ranked AS (
    SELECT p.lane, p.holder, row_number() OVER (PARTITION BY p.holder ORDER BY p.lane) AS rank FROM prospect p
  ), offered AS (
    SELECT r.lane, r.rank, row_number() OVER (ORDER BY r.rank DESC, r.lane) AS nth FROM ranked r WHERE r.holder <> p_owner
  )
  SELECT o.lane FROM offered o
   WHERE o.rank > o.nth + (SELECT count(*) FROM prospect p WHERE p.holder = p_owner)
$$;

-- What a process may take: its share of what is free, what it claims first; beyond its share, and in spite of another's
-- claim, what nobody has taken for half a lease.
CREATE FUNCTION lanes_to_take(p_owner uuid, p_lease interval, p_now timestamptz)
RETURNS SETOF smallint LANGUAGE sql STABLE AS $$
  WITH process AS (
    SELECT l.owner AS name FROM lane l WHERE l.lease_until > p_now
     UNION SELECT l.claimant FROM lane l WHERE l.claim_until > p_now
     UNION SELECT p_owner
  ), free AS (
    SELECT l.lane, l.lease_until, l.claim_until > p_now AND l.claimant <> p_owner AS is_promised,
           row_number() OVER (ORDER BY l.claim_until > p_now AND l.claimant <> p_owner,
                                       l.claimant = p_owner DESC NULLS LAST, l.lane) AS nth
      FROM lane l WHERE l.lease_until <= p_now
  )
  SELECT f.lane FROM free f
   WHERE f.lease_until < p_now - p_lease / 2
      OR NOT f.is_promised
     AND f.nth <= (SELECT ceil(count(*)::numeric / (SELECT count(*) FROM process)) FROM lane)
                - (SELECT count(*) FROM lane l WHERE l.owner = p_owner AND l.lease_until > p_now)
$$;

-- One statement in which a process renews its lanes, advances their cursors, gives back those that others wait for,
-- takes over those that are free, and claims what it lacks. A lane that it held and that is not in the answer has been
-- lost. p_held: [{lane, epoch, cursor, given}]. The answer's standing: held, wanted (held, and somebody waits for it),
-- given, taken, or claimed (somebody else's).
--
-- Whoever locks lanes of others waits for nothing any more, so no two processes wait for each other.
CREATE FUNCTION share_lanes(p_owner uuid, p_lease interval, p_held json)
RETURNS TABLE (lane smallint, epoch bigint, cursor bigint, standing text) LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := clock_timestamp();
BEGIN
  RETURN QUERY
    UPDATE lane l SET cursor = greatest(l.cursor, h.cursor),
                      owner = CASE WHEN NOT h.given THEN p_owner END,
                      lease_until = CASE WHEN h.given THEN v_now ELSE v_now + p_lease END
      FROM json_to_recordset(p_held) AS h (lane smallint, epoch bigint, cursor bigint, given boolean)
     WHERE l.lane = h.lane AND l.epoch = h.epoch AND l.owner = p_owner
    RETURNING l.lane, l.epoch, l.cursor,
              CASE WHEN h.given THEN 'given' WHEN l.claim_until > v_now AND l.claimant <> p_owner THEN 'wanted' ELSE 'held' END;
  RETURN QUERY
    UPDATE lane l SET owner = p_owner, epoch = l.epoch + 1, lease_until = v_now + p_lease,
                      claimant = NULL, claim_until = '-infinity'
     WHERE l.lane IN (SELECT f.lane FROM lane f
                       WHERE f.lane IN (SELECT lanes_to_take(p_owner, p_lease, v_now)) AND f.lease_until <= v_now
                         AND f.lane NOT IN (SELECT (h ->> 'lane')::smallint FROM json_array_elements(p_held) h)
                         FOR UPDATE SKIP LOCKED)
    RETURNING l.lane, l.epoch, l.cursor, 'taken';
  RETURN QUERY
    UPDATE lane l SET claimant = p_owner, claim_until = v_now + p_lease
     WHERE l.lane IN (SELECT c.lane FROM lane c
                       WHERE (c.lane IN (SELECT lanes_to_claim(p_owner, v_now))
                              OR c.claimant = p_owner AND c.claim_until > v_now)
                         AND c.owner IS DISTINCT FROM p_owner
                         FOR UPDATE SKIP LOCKED)
    RETURNING l.lane, l.epoch, l.cursor, 'claimed';
END $$;
