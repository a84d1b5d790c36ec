import { LETTERS } from '../../../subscriptions/dead-letters.ts';

const letters = {
  type: 'object',
  properties: {
    deliveries: {
      type: 'array',
      maxItems: LETTERS.named,
      items: { type: 'string' },
      description: `Names of them, as the list gives them; without any, the ${LETTERS.chosen} oldest.`,
    },
  },
} as const;

/**
 * Which dead letters are meant. For the description only: the room of subscriptions checks it. Standing in `allOf` it is
 * not conformed to, so that unknown members are found.
 */
export const chosenLetters = { allOf: [letters] } as const;
