-- compatible
-- Motive: the dialog. What is replaced as a whole is one document column; what only grows has a table; what is searched
-- or decides something has a column.

CREATE TABLE dialog (
  id                          uuid        PRIMARY KEY,
  -- New on every change of the aggregate; the ETag. Not changed by seen or by labels.
  revision                    uuid        NOT NULL,
  -- Short code and organisation number of the service owner, from the registry entry of the service resource.
  org                         text        NOT NULL,
  owner                       text        NOT NULL,
  service_resource            text        NOT NULL,
  service_resource_type       text        NOT NULL,
  party                       text        NOT NULL,
  status                      text        NOT NULL,
  extended_status             text,
  external_reference          text,
  progress                    smallint,
  process                     text,
  preceding_process           text,
  idempotent_key              text,
  is_api_only                 boolean     NOT NULL DEFAULT false,
  -- {content, attachments, guiActions, apiActions, searchTags}: replaced as a whole by every update.
  document                    jsonb       NOT NULL,
  -- Counts every log row of the dialog; counts the published ones, contiguous from 1.
  change                      bigint      NOT NULL,
  dialog_sequence             bigint      NOT NULL,
  -- visibleFrom lies ahead and the release has not happened. A fact, never a comparison with the clock: whoever takes
  -- the row lock first after the time releases before it appends.
  held                        boolean     NOT NULL DEFAULT false,
  visible_from                timestamptz,
  due_at                      timestamptz,
  expires_at                  timestamptz,
  created_at                  timestamptz NOT NULL,
  updated_at                  timestamptz NOT NULL,
  content_updated_at          timestamptz NOT NULL,
  deleted_at                  timestamptz,
  frozen                      boolean     NOT NULL DEFAULT false,
  content_seen                boolean     NOT NULL DEFAULT false,
  has_unopened_content        boolean     NOT NULL DEFAULT false,
  from_owner_transmissions    smallint    NOT NULL DEFAULT 0,
  from_party_transmissions    smallint    NOT NULL DEFAULT 0,
  system_labels               text[]      NOT NULL DEFAULT '{Default}',
  end_user_context_revision   uuid        NOT NULL,
  owner_labels                text[]      NOT NULL DEFAULT '{}',
  owner_context_revision      uuid        NOT NULL
);
CREATE UNIQUE INDEX dialog_idempotent_key ON dialog (org, idempotent_key) WHERE idempotent_key IS NOT NULL;
CREATE INDEX dialog_party ON dialog (party, content_updated_at DESC, id DESC);
CREATE INDEX dialog_resource ON dialog (service_resource, content_updated_at DESC, id DESC);
CREATE INDEX dialog_owner ON dialog (owner, content_updated_at DESC, id DESC);

CREATE TABLE transmission (
  dialog                 uuid        NOT NULL REFERENCES dialog ON DELETE CASCADE,
  id                     uuid        NOT NULL,
  idempotent_key         text,
  type                   text        NOT NULL,
  related_transmission   uuid,
  -- {content, attachments, navigationalActions, sender, authorizationAttribute, extendedType, externalReference}
  document               jsonb       NOT NULL,
  created_at             timestamptz NOT NULL,
  PRIMARY KEY (dialog, id)
);
CREATE UNIQUE INDEX transmission_id ON transmission (id);
CREATE UNIQUE INDEX transmission_idempotent_key ON transmission (dialog, idempotent_key) WHERE idempotent_key IS NOT NULL;

CREATE TABLE activity (
  dialog                 uuid        NOT NULL REFERENCES dialog ON DELETE CASCADE,
  id                     uuid        NOT NULL,
  type                   text        NOT NULL,
  transmission           uuid,
  -- {extendedType, performedBy, description}
  document               jsonb       NOT NULL,
  created_at             timestamptz NOT NULL,
  PRIMARY KEY (dialog, id)
);
CREATE UNIQUE INDEX activity_id ON activity (id);

-- Who has fetched the dialog. The id is derived from dialog, user, updatedAt and the content-seen flag, so that two
-- readers at the same moment make one entry and one event.
CREATE TABLE seen_log (
  dialog           uuid        NOT NULL REFERENCES dialog ON DELETE CASCADE,
  id               uuid        NOT NULL,
  seen_at          timestamptz NOT NULL,
  seen_by          text        NOT NULL,
  -- NULL until the register has told; a name that cannot be looked up never fails a read.
  seen_by_name     text,
  via_owner        boolean     NOT NULL,
  PRIMARY KEY (dialog, id)
);

CREATE TABLE label_log (
  dialog           uuid        NOT NULL REFERENCES dialog ON DELETE CASCADE,
  at               timestamptz NOT NULL,
  label            text        NOT NULL,
  action           text        NOT NULL CHECK (action IN ('set', 'remove')),
  performed_by     jsonb       NOT NULL
);
CREATE INDEX label_log_dialog ON label_log (dialog, at);

-- What is left of a purged dialog, until retention has passed its events: the id is not used again.
CREATE TABLE tombstone (
  dialog           uuid        PRIMARY KEY,
  change           bigint      NOT NULL,
  dialog_sequence  bigint      NOT NULL,
  purged_at        timestamptz NOT NULL,
  expires_at       timestamptz NOT NULL
);
CREATE INDEX tombstone_expiry ON tombstone (expires_at);

-- Work that falls due at a time: releases, expiries, housekeeping. The lane says which process does it.
CREATE TABLE due_work (
  kind     text        NOT NULL,
  key      text        NOT NULL,
  lane     smallint    NOT NULL,
  due_at   timestamptz NOT NULL,
  attempt  smallint    NOT NULL DEFAULT 0,
  payload  jsonb,
  PRIMARY KEY (kind, key)
);
CREATE INDEX due_work_time ON due_work (due_at);
