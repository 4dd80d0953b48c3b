/** Set by the build. */
declare const POSTERN_VERSION: string;

/** Of this script; '' where nobody built it. */
export const version = typeof POSTERN_VERSION === 'string' ? POSTERN_VERSION : '';
