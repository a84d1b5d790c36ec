/** What a newcomer sees after the start: where things are, and commands to paste into another terminal. */
export function walk(base: string): string {
  return `
Budstikka runs on ${base}

  REST      ${base}/dialogporten/api/v1    GraphQL  ${base}/dialogporten/graphql
  Events    ${base}/events/api/v1          Schema   ${base}/openapi.json
  Tokens    ${base}/dev/token              Receiver ${base}/dev/receiver

Paste this into another terminal: subscribe, create a dialog, change it, see what arrived.

${commands(base)}
`;
}

/** A service owner puts a dialog before a company; the company's manager has subscribed. */
function commands(base: string): string {
  return `B=${base}
OWNER=$(curl -s "$B/dev/token/GetEnterpriseToken?org=ttd&orgNo=991825827&scopes=digdir:dialogporten.serviceprovider")
MANAGER=$(curl -s "$B/dev/token/GetPersonalToken?pid=08844397713&scopes=digdir:dialogporten,altinn:events.subscribe")
curl -s $B/events/api/v1/subscriptions -H "Authorization: Bearer $MANAGER" -H "Content-Type: application/json" -d '{
  "endPoint": "'$B'/dev/receiver", "resourceFilter": "urn:altinn:resource:super-simple-service",
  "subjectFilter": "urn:altinn:organization:identifier-no:310923044" }'; echo
ID=$(curl -s $B/dialogporten/api/v1/serviceowner/dialogs -H "Authorization: Bearer $OWNER" -H "Content-Type: application/json" -d '{
  "serviceResource": "urn:altinn:resource:super-simple-service", "party": "urn:altinn:organization:identifier-no:310923044",
  "status": "InProgress", "content": { "title": { "value": [{ "languageCode": "nb", "value": "En søknad" }] } } }' | tr -d '"')
curl -s -X PATCH $B/dialogporten/api/v1/serviceowner/dialogs/$ID -H "Authorization: Bearer $OWNER" \\
  -H "Content-Type: application/json-patch+json" -d '[{ "op": "replace", "path": "/status", "value": "Completed" }]'
curl -s $B/dev/receiver; echo
`;
}
