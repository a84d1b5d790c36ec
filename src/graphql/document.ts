import {
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  parse,
  type Source,
  type ValidationRule,
} from 'graphql';
import { SelectionMeter } from './selections.ts';

/** Largest request body, in bytes. */
export const BODY_MOST = 1 << 18;
/** Tokens of a document. Beyond this, validation costs more than a stranger's request may. */
const TOKENS_MOST = 5000;

/** Reads a document of bounded size. @throws GraphQLError */
export function parseDocument(query: string | Source): DocumentNode {
  return parse(query, { maxLexicalTokens: TOKENS_MOST });
}

export interface DocumentRules {
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean;
  /** How deep fields may be nested. */
  readonly depthMost: number;
}

/** What is asked of a document beyond the rules of the specification. */
export function furtherRules({ introspection, depthMost }: DocumentRules): ValidationRule[] {
  const depth = depthRule(depthMost);
  return introspection ? [depth] : [depth, NoSchemaIntrospectionCustomRule];
}

/** Refuses operations whose fields are nested too deep. */
function depthRule(most: number): ValidationRule {
  return (context): ASTVisitor => {
    const meter = new SelectionMeter(
      (name) => context.getFragment(name),
      (depths) => Math.max(0, ...depths),
    );
    return {
      OperationDefinition: (operation) => {
        if (meter.measure(operation.selectionSet) <= most) return;
        const message = `The operation nests its fields more than ${most} deep.`;
        context.reportError(new GraphQLError(message, { nodes: operation }));
      },
    };
  };
}
