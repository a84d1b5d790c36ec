-- compatible
-- Motive: lease_lanes took whatever was free, for programs from before lanes were shared. None of them was released.

DROP FUNCTION lease_lanes(uuid, interval, json);
