/** What stories put into the bare page. */

import type * as client from "../client/src/index.js";

declare global {
  interface Window {
    client: typeof client;
    socket: client.SignedWebSocket;
    /** See `Seen` in `driver.js`. */
    events: import("./driver.js").Seen[];
    /** Of `hand-over.js`. */
    say(count: number): Promise<void>;
    traffic: import("./traffic.js").Traffic;
  }
}
