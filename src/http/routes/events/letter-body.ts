import { LETTERS } from '../../../subscriptions/dead-letters.ts';

/** Which dead letters are meant. For the description only: the room of subscriptions checks it. */
export const chosenLetters = {
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
