/** A plugin of serverless that says on stdout when serverless-offline is ready, and where. */
export default class Ready {
  constructor(_serverless, { websocketPort }) {
    const line = JSON.stringify({ websocket: `ws://127.0.0.1:${websocketPort}` });
    this.hooks = { "before:offline:start:ready": () => console.log(line) };
  }
}
