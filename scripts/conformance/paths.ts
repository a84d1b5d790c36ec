/** Where one dialog stands, for its service owner and for an end user. */
export const DIALOG = '/serviceowner/dialogs/{dialogId}';
export const END_USER = '/enduser/dialogs/{dialogId}';
