-- compatible
-- Motive: most dialogs have no due date and stand at the same place by it. Read from the earliest on, they are to come in
-- the order of their ids without being sorted for each page.

CREATE INDEX dialog_owner_due_ascending ON dialog (owner, coalesce(due_at, 'infinity'::timestamptz), id DESC);
