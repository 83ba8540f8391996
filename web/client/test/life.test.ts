/** From the first URL to the first echo. */

import { expect, test } from "vitest";
import { World } from "./fake/world.js";

test("a_socket_signs_connects_opens_and_echoes", async () => {
  const world = new World({ query: { room: "lobby" } });
  expect(world.socket.readyState).toBe(0);
  world.socket.send("early");
  await world.advance(1_000);
  expect(world.events).toEqual(["state:connecting", "state:open", "open", "message"]);
  expect(world.messages.map((message) => JSON.parse(message).message)).toEqual(["early"]);
  expect(world.gateway.requests.map(({ request }) => request.body)).toEqual(['{"query":{"room":"lobby"}}']);
  expect(world.socket.readyState).toBe(1);
  expect(world.socket.url).toBe("wss://gateway.example/prod");
});

test("a_day_is_one_conversation", async () => {
  const world = await World.open();
  await world.advance(24 * 3_600_000);
  expect(world.errors).toEqual([]);
  expect(world.events.filter((event) => event === "open")).toEqual(["open"]);
  expect(world.messages).toEqual([]);
  expect(world.gateway.connections.length).toBeGreaterThan(12);
  expect(world.gateway.open.length).toBe(1);
  world.socket.close();
  await world.advance(1_000);
  expect(world.closed).toEqual([{ code: 1000, reason: "", wasClean: true, error: null }]);
  expect(world.environment.leftBehind).toEqual({ timers: 0, listeners: 0 });
});

test("a_cut_connection_is_made_anew", async () => {
  const world = await World.open();
  await world.advance(60_000);
  world.gateway.close(world.last, 1001);
  await world.advance(2_000);
  expect(world.events.slice(2)).toEqual([
    "open",
    "state:waiting",
    "error",
    "state:signing",
    "state:connecting",
    "state:open",
    "open",
  ]);
});
