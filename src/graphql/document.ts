import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  parse,
  type SelectionSetNode,
  type Source,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

/** Largest request body, in bytes. */
export const BODY_MOST = 1 << 18;
/** Tokens of a document. Beyond this, validation costs more than a stranger's request may. */
const TOKENS_MOST = 5000;
/** Nesting of fields, as in Dialogporten. */
const DEPTH_MOST = 12;

/** Reads a document of bounded size. @throws GraphQLError */
export function parseDocument(query: string | Source): DocumentNode {
  return parse(query, { maxLexicalTokens: TOKENS_MOST });
}

/** What is asked of a document beyond the rules of the specification. */
export function furtherRules({ introspection }: { readonly introspection: boolean }): ValidationRule[] {
  return introspection ? [depthRule] : [depthRule, NoSchemaIntrospectionCustomRule];
}

/**
 * Refuses operations whose fields are nested too deep. Introspection does not count: it has a rule of its own, and the
 * usual introspection query is deeper than the limit.
 */
function depthRule(context: ValidationContext): ASTVisitor {
  const depths = new Map<FragmentDefinitionNode, number>();

  function ofFragment(name: string): number {
    const fragment = context.getFragment(name);
    if (!fragment) return 0;
    // Zero while it is measured: a fragment within itself is refused by another rule, and must not be followed here.
    if (!depths.has(fragment)) {
      depths.set(fragment, 0);
      depths.set(fragment, ofSelection(fragment.selectionSet));
    }
    return depths.get(fragment) ?? 0;
  }

  function ofSelection(set: SelectionSetNode): number {
    let deepest = 0;
    for (const selection of set.selections) deepest = Math.max(deepest, ofOne(selection));
    return deepest;
  }

  function ofOne(selection: SelectionSetNode['selections'][number]): number {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value);
    if (selection.kind === Kind.INLINE_FRAGMENT) return ofSelection(selection.selectionSet);
    if (selection.name.value.startsWith('__')) return 0;
    return 1 + (selection.selectionSet ? ofSelection(selection.selectionSet) : 0);
  }

  return {
    OperationDefinition: (operation) => {
      if (ofSelection(operation.selectionSet) <= DEPTH_MOST) return;
      const message = `The operation nests its fields more than ${DEPTH_MOST} deep.`;
      context.reportError(new GraphQLError(message, { nodes: operation }));
    },
  };
}
