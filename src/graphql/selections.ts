import { type FieldNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';

export type FindFragment = (name: string) => FragmentDefinitionNode | null | undefined;

/**
 * Measures selections: a field is one and what is selected within it, fragments are what they hold, and `combine` makes
 * one number of those beside each other. Each fragment is measured once, however often it is spread. Introspection does
 * not count: it has a rule of its own, and the usual introspection query is deeper and larger than others may be.
 */
export class SelectionMeter {
  readonly #find: FindFragment;
  readonly #combine: (sizes: readonly number[]) => number;
  readonly #measured = new Map<FragmentDefinitionNode, number>();

  constructor(find: FindFragment, combine: (sizes: readonly number[]) => number) {
    this.#find = find;
    this.#combine = combine;
  }

  measure(set: SelectionSetNode | undefined): number {
    return this.#combine((set?.selections ?? []).map((selection) => this.#measureOne(selection)));
  }

  #measureOne(selection: SelectionSetNode['selections'][number]): number {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.#measureFragment(selection.name.value);
    if (selection.kind === Kind.INLINE_FRAGMENT) return this.measure(selection.selectionSet);
    return isIntrospection(selection) ? 0 : 1 + this.measure(selection.selectionSet);
  }

  #measureFragment(name: string): number {
    const fragment = this.#find(name);
    if (!fragment) return 0;
    // Zero while it is measured: a fragment within itself is refused by another rule, and must not be followed here.
    if (!this.#measured.has(fragment)) {
      this.#measured.set(fragment, 0);
      this.#measured.set(fragment, this.measure(fragment.selectionSet));
    }
    return this.#measured.get(fragment) ?? 0;
  }
}

/** The fields of a selection itself, through fragments; each fragment is entered once, as it is when executed. */
export function* fieldsOf(
  set: SelectionSetNode,
  find: FindFragment,
  entered = new Set<string>(),
): Iterable<FieldNode> {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      if (!isIntrospection(selection)) yield selection;
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      yield* fieldsOf(selection.selectionSet, find, entered);
    } else if (!entered.has(selection.name.value)) {
      entered.add(selection.name.value);
      const fragment = find(selection.name.value);
      if (fragment) yield* fieldsOf(fragment.selectionSet, find, entered);
    }
  }
}

function isIntrospection({ name }: FieldNode): boolean {
  return name.value.startsWith('__');
}
