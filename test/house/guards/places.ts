import type { Place } from '../../../scripts/house/syntax.ts';
import { isLiteral, isMember, isNamed, onlyIn } from './finding.ts';

const SQL = [
  /^(SELECT|INSERT INTO|DELETE FROM|MERGE INTO|WITH|TRUNCATE|LISTEN|UNLISTEN|NOTIFY|VACUUM|ANALYZE|LOCK TABLE)\s/,
  /^UPDATE \S+ (AS \S+ |\w+ )?SET\s/,
  /^(CREATE|ALTER|DROP) (OR REPLACE |UNIQUE )?(TABLE|INDEX|FUNCTION|SEQUENCE|DATABASE|SCHEMA|TYPE|ROLE|VIEW)\s/,
  /^COPY \S+ (FROM|TO)\s/,
  /^SET (LOCAL|SESSION)\s/,
  /^(BEGIN|COMMIT|ROLLBACK)\s*;?\s*$/,
  /^(select\s[^]*\sfrom|insert into|update \S+ set|delete from|truncate table)\s/i,
];

/** The text of a string, or how a template begins. */
function textOf({ node, parent, role }: Place): string {
  if (isLiteral(node)) return String(node.value);
  const isFirst =
    node.type === 'TemplateElement' && parent?.type === 'TemplateLiteral' && parent.quasis[0] === node;
  return isFirst && role === 'quasis' ? node.value.raw : '';
}

export const sqlInQueries = onlyIn(
  /^src\/db\/|\/([\w-]+-)?queries\.ts$/,
  (place) => SQL.some((form) => form.test(textOf(place).trimStart())),
  'has SQL: it belongs in a queries.ts',
);

export const environmentInConfig = onlyIn(
  /^src\/config\.ts$/,
  ({ node }) => {
    if (node.type === 'ImportDeclaration') return /^(node:)?process$/.test(node.source.value);
    if (node.type === 'VariableDeclarator') return isNamed(node.init, ['process']);
    return isMember(node, ['process'], ['env']);
  },
  'reads the environment: a setting belongs in config.ts',
);

export const datesInTime = onlyIn(
  /^src\/lib\/time\.ts$/,
  ({ node }) => {
    const isCall = node.type === 'NewExpression' || node.type === 'CallExpression';
    return isCall && isNamed(node.callee, ['Date']);
  },
  'makes a Date: it belongs in lib/time.ts',
);
