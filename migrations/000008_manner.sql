-- compatible
-- Motive: a subscriber chooses how events are put into requests, and whether a public key verifies them as well.

ALTER TABLE subscription
  ADD CONSTRAINT subscription_format CHECK (format IN ('structured', 'cloudevents', 'binary', 'batch')),
  -- v1 signs every delivery; v1a signs beside it.
  ADD COLUMN signing text NOT NULL DEFAULT 'v1' CONSTRAINT subscription_signing CHECK (signing IN ('v1', 'v1a'));
