/**
 * Every page stands behind a session and works on live data and on a compiler that runs in the
 * browser: the server sends the shell, the page does the rest.
 */
export const ssr = false;
