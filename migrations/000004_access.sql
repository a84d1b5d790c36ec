-- compatible
-- Motive: who may know. Registry, register and grants live here so that a decision is computed from rows whose version
-- is known; a row that goes leaves itself behind, marked, so that a refresh reads only what changed.

CREATE TABLE service_resource (
  -- Bare identifier, lower case: super-simple-service, app_ttd_form.
  identifier  text    PRIMARY KEY,
  -- Altinn Resource Registry shape.
  document    jsonb   NOT NULL,
  type        text    NOT NULL,
  org         text    NOT NULL,
  owner       text    NOT NULL,
  -- XACML 3.0, as it was given.
  policy      text    NOT NULL,
  version     bigint  NOT NULL,
  deleted     boolean NOT NULL DEFAULT false
);
CREATE INDEX service_resource_version ON service_resource (version);

-- Organisations, persons and system users, by URN.
CREATE TABLE party (
  urn         text    PRIMARY KEY,
  kind        text    NOT NULL CHECK (kind IN ('organization', 'person', 'systemUser')),
  name        text    NOT NULL,
  party_id    integer UNIQUE,
  party_uuid  uuid    NOT NULL UNIQUE,
  user_id     integer UNIQUE,
  -- URN of the main unit of a sub-unit; of the owning organisation of a system user.
  belongs_to  text,
  -- {type, dateOfBirth, isDeleted}
  document    jsonb   NOT NULL DEFAULT '{}',
  version     bigint  NOT NULL,
  deleted     boolean NOT NULL DEFAULT false
);
CREATE INDEX party_version ON party (version);

-- What `recipient` may do on behalf of `party`.
CREATE TABLE access_grant (
  recipient           text    NOT NULL,
  party               text    NOT NULL,
  roles               text[]  NOT NULL DEFAULT '{}',
  access_packages     text[]  NOT NULL DEFAULT '{}',
  -- [{resource, actions}] and [{resource, instance, actions}]: delegations.
  resources           jsonb   NOT NULL DEFAULT '[]',
  instances           jsonb   NOT NULL DEFAULT '[]',
  key_role            boolean NOT NULL DEFAULT false,
  main_administrator  boolean NOT NULL DEFAULT false,
  version             bigint  NOT NULL,
  deleted             boolean NOT NULL DEFAULT false,
  PRIMARY KEY (recipient, party)
);
CREATE INDEX access_grant_version ON access_grant (version);

CREATE TABLE access_audit (
  id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor  text        NOT NULL,
  kind   text        NOT NULL,
  key    text        NOT NULL,
  before jsonb,
  after  jsonb
);

-- Every key that signs: dialog tokens, webhooks, masked ids, cursors. Private parts are sealed under the master key.
CREATE TABLE signing_key (
  kid          text        PRIMARY KEY,
  purpose      text        NOT NULL CHECK (purpose IN ('dialog-token', 'webhook', 'mask', 'cursor', 'dev-token')),
  algorithm    text        NOT NULL,
  -- JWK of the public part; NULL for a symmetric key.
  public_key   jsonb,
  sealed       bytea       NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- A key is published from creation and signs from here on.
  active_from  timestamptz NOT NULL,
  retired_at   timestamptz
);
CREATE INDEX signing_key_purpose ON signing_key (purpose, active_from DESC);
