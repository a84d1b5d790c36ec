/** Whoever may search may do the rest as well. */
export const SEARCH_SCOPES = ['digdir:dialogporten.serviceprovider.search'];

export const SCOPES = ['digdir:dialogporten.serviceprovider', ...SEARCH_SCOPES];

/** Whatever was sent stays as it is, but for those few who may mend it. */
export const CHANGE_TRANSMISSIONS_SCOPES = ['digdir:dialogporten.serviceprovider.changetransmissions'];

/** The service that sends notifications asks about the dialogs of all owners. */
export const NOTIFICATION_SCOPES = ['altinn:system/notifications.condition.check'];
