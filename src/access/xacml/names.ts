/** Names that the XACML 3.0 core specification fixes (OASIS Standard with errata 01, appendix B). */

export const XACML_NAMESPACE = 'urn:oasis:names:tc:xacml:3.0:core:schema:wd-17';

/** Attribute categories. */
export const SUBJECT = 'urn:oasis:names:tc:xacml:1.0:subject-category:access-subject';
export const RESOURCE = 'urn:oasis:names:tc:xacml:3.0:attribute-category:resource';
export const ACTION = 'urn:oasis:names:tc:xacml:3.0:attribute-category:action';
export const ENVIRONMENT = 'urn:oasis:names:tc:xacml:3.0:attribute-category:environment';

/** The attribute that names the action. */
export const ACTION_ID = 'urn:oasis:names:tc:xacml:1.0:action:action-id';

/** Status codes. */
export const STATUS_OK = 'urn:oasis:names:tc:xacml:1.0:status:ok';
export const MISSING_ATTRIBUTE = 'urn:oasis:names:tc:xacml:1.0:status:missing-attribute';
export const SYNTAX_ERROR = 'urn:oasis:names:tc:xacml:1.0:status:syntax-error';

export const XML_SCHEMA = 'http://www.w3.org/2001/XMLSchema#';

/** Data types that policies may use. Requests may carry any other; no policy ever looks at those. */
export const STRING = `${XML_SCHEMA}string`;
export const BOOLEAN = `${XML_SCHEMA}boolean`;
export const INTEGER = `${XML_SCHEMA}integer`;
export const DATE = `${XML_SCHEMA}date`;
export const TIME = `${XML_SCHEMA}time`;
export const DATE_TIME = `${XML_SCHEMA}dateTime`;
export const ANY_URI = `${XML_SCHEMA}anyURI`;
