-- compatible
-- Motive: a service owner's list in any order and by any of its own keys begins in an index, however many dialogs it has.

-- In one direction each: the other is the same index read backwards, and the id is sorted within equal times.
CREATE INDEX dialog_owner_updated ON dialog (owner, updated_at DESC, id DESC);
CREATE INDEX dialog_owner_created ON dialog (owner, created_at DESC, id DESC);
CREATE INDEX dialog_owner_due ON dialog (owner, coalesce(due_at, 'infinity'::timestamptz) DESC, id DESC);

-- What few dialogs have, or what few of them share.
CREATE INDEX dialog_external_reference ON dialog (external_reference, owner) WHERE external_reference IS NOT NULL;
CREATE INDEX dialog_process ON dialog (process) WHERE process IS NOT NULL;
CREATE INDEX dialog_extended_status ON dialog (owner, extended_status, content_updated_at DESC, id DESC)
  WHERE extended_status IS NOT NULL;
CREATE INDEX dialog_deleted ON dialog (owner, content_updated_at DESC, id DESC) WHERE deleted_at IS NOT NULL;
