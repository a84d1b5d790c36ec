/** May poll and may subscribe to everything but apps. */
export const SUBSCRIBE_SCOPE = 'altinn:events.subscribe';
