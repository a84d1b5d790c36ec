-- compatible
-- Motive: a dialog is found by a service owner label, among a million of them.

-- Dialogs without labels, which are most, cost it nothing.
CREATE INDEX dialog_owner_labels ON dialog USING gin (owner_labels) WHERE owner_labels <> '{}';
