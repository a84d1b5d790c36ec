/** May poll and may subscribe to everything but apps. */
export const SUBSCRIBE_SCOPE = 'altinn:events.subscribe';
/** May publish, where the resource's policy permits it. */
export const PUBLISH_SCOPE = 'altinn:events.publish';
/** May publish for every resource. */
export const PUBLISH_ADMIN_SCOPE = 'altinn:events.publish.admin';
