/** The types of `./signed-websocket.js`, under which the page is served the built client. */
export * from "../client/src/index.js";
