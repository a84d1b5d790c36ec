-- compatible
-- no-transaction
-- Motive: a list of some service resources begins where they stand among the dialogs of each party, however many others
-- the party has; and one by status passes over the others in the index, without looking at the dialogs. The status stands
-- behind the order: it keeps the order, and is compared where it stands. Built beside writers: a transaction that builds
-- and then drops waits for writers who wait for it. Every step may be repeated.

DROP INDEX CONCURRENTLY IF EXISTS dialog_party_resource;
CREATE INDEX CONCURRENTLY dialog_party_resource ON dialog (party, service_resource, content_updated_at DESC, id DESC);
DROP INDEX CONCURRENTLY IF EXISTS dialog_party_status;
CREATE INDEX CONCURRENTLY dialog_party_status ON dialog (party, content_updated_at DESC, id DESC, status);
DROP INDEX CONCURRENTLY IF EXISTS dialog_party;
ALTER INDEX dialog_party_status RENAME TO dialog_party;
