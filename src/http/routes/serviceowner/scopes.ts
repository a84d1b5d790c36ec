/** Whoever may search may do the rest as well. */
export const SEARCH_SCOPES = ['digdir:dialogporten.serviceprovider.search'];

export const SCOPES = ['digdir:dialogporten.serviceprovider', ...SEARCH_SCOPES];
