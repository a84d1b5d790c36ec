/** A check of the product, and the text by which it goes. */
export interface Guard {
  readonly name: string;
  /** Where it stands: the check may move within the room, and the list need not follow. */
  readonly folder: string;
  /** Stands there once. */
  readonly check: string;
  /** What is left without the check. */
  readonly without: string;
}

function guard(name: string, folder: string, [check, without]: readonly [string, string]): Guard {
  return { name, folder, check, without };
}

/**
 * Every check between a caller and what they may not know. `npm run matrix -- --mutate` runs the system without each of
 * them in turn, from a changed copy of the sources: nothing in the product itself can switch one off.
 */
export const GUARDS: readonly Guard[] = [
  guard('token.signature', 'src/access/tokens', [
    'await jwtVerify(token, trusted.keys, rules).then((result) => result.payload, refuse);',
    "JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());",
  ]),
  guard('subject.system-user', 'src/access', [
    'if (identity.systemUser !== undefined) return systemUserUrn(identity.systemUser.id);',
    '',
  ]),
  guard('subject.self', 'src/access', [
    "return recipient === party || recipient === partyAttribute(party)?.join(':');",
    'return true;',
  ]),
  guard('grant.party', 'src/access', [
    'return this.#byRecipient.get(recipient)?.get(party);',
    'return [...(this.#byRecipient.get(recipient)?.values() ?? [])][0];',
  ]),
  guard('decision.level', 'src/access', [
    'if (level >= minimumLevel(obligations, org !== undefined))',
    'if (true)',
  ]),
  guard('delegation.resource', 'src/access', ['each.resource === urn && ', '']),
  guard('delegation.action', 'src/access', [' && each.actions.includes(action)', '']),
  guard('delegation.instance', 'src/access', ['each.instance === instance && ', '']),
  guard('publish.scope', 'src/http', ['if (!mayPublish)', 'if (false)']),
  guard('publish.decision', 'src/publishing', ['if (refused < 0) return;', 'return;']),
  guard('publish.app', 'src/publishing', ['if (org !== app.issuer || name !== app.app)', 'if (false)']),
  guard('publish.app-token', 'src/http', [
    'const caller = await options.appOf(request.headers);\n',
    "const caller = (await options.appOf(request.headers)) ?? { issuer: 'ttd', app: 'matrix' };\n",
  ]),
  guard('subscribe.scope', 'src/subscriptions', [
    "if (!isApp && !rules.maySubscribe) throw new Failure('scope-missing');",
    '',
  ]),
  guard('subscribe.decision', 'src/subscriptions', ['if (decision?.permitted) return;', 'return;']),
  guard('deliver.decision', 'src/delivery', ['decided[index]?.permitted', 'decided[index]']),
  guard('deliver.audience', 'src/subscriptions', ['isForAudience(this.row, orgNumber ?? undefined)', 'true']),
  guard('poll.scope', 'src/http', [
    "if (!hasScope(identity, SUBSCRIBE_SCOPE)) throw new Failure('scope-missing');",
    '',
  ]),
  guard('poll.decision', 'src/reading', [
    'rows: rows.filter((_, index) => answers[index]?.permitted)',
    'rows: [...rows]',
  ]),
  guard('poll.audience', 'src/reading', ['isForAudience(row, identity.orgNumber) &&', '']),
  guard('live.decision', 'src/live', [
    'if (answers[index]?.permitted) reader.tell(change);',
    'if (true) reader.tell(change);',
  ]),
  guard('live.dialog', 'src/graphql', ["'dialog' in operation && operation.dialog !== granted", 'false']),
  guard('dialogs.scope', 'src/http', [
    'if (scopes.some((scope) => hasScope(identity, scope))) return;',
    'return;',
  ]),
  guard('graphql.scope', 'src/graphql', [
    'if (!END_USER_SCOPES.some((scope) => hasScope(identity, scope))) return { errors: [scopeMissing()] };',
    '',
  ]),
  guard('dialogs.held', 'src/dialogs', [
    'if (held && visibleFrom !== null && visibleFrom > now)',
    'if (false)',
  ]),
  guard('get.decision', 'src/dialogs', ["if (!access.mayOpen) throw new Failure('not-authorised');", '']),
  guard('get.level', 'src/dialogs', ["if (access.levelTooLow) throw new Failure('level-too-low');", '']),
  guard('get.owner', 'src/dialogs', [
    'return dialog.owner === caller.orgNumber || caller.admin;',
    'return true;',
  ]),
  guard('lookup.decision', 'src/dialogs', [
    "if (!mayRead && !levelTooLow) throw new Failure('not-authorised');",
    '',
  ]),
  guard('lookup.level', 'src/dialogs', ['levelTooLow ? (nonSensitiveTitle ?? title) : title', 'title']),
  guard('label.decision', 'src/dialogs', [
    'if (decision && !decision.permitted && !decision.levelTooLow) continue;',
    '',
  ]),
  guard('label.level', 'src/dialogs', ["if (levelTooLow) return new Failure('level-too-low');", '']),
  guard('search.decision', 'src/dialogs', [
    'return isKnown(decision) ? [{ dialog, levelTooLow: decision?.levelTooLow ?? false }] : [];',
    'return [{ dialog, levelTooLow: decision?.levelTooLow ?? false }];',
  ]),
  guard('search.level', 'src/dialogs', ['viewer.levelTooLow ? nonSensitive(content) : content', 'content']),
  guard('search.held', 'src/dialogs', ['if (search.visible) yield VISIBLE;', '']),
  guard('search.owner', 'src/dialogs', ['if (owner !== undefined) yield `d.owner = ${bind(owner)}`;', '']),
];

/** Checks that only show while rights change or the process stands still: `npm run stress -- flip --without NAME`. */
export const FRESHNESS: readonly Guard[] = [
  guard('decision.fresh', 'src/access', [
    'if (this.#state.isFresh(this.#maxAge)) return',
    'if (true) return',
  ]),
  guard('deliver.version', 'src/delivery', ['version === access.version && ', '']),
];
