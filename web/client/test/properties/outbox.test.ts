/** Properties of what waits for a connection: its bounds hold, and nothing that was taken is lost or moved. */

import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { SendError } from "../../src/errors.js";
import { messageBytes } from "../../src/message.js";
import { Outbox } from "../../src/outbox.js";
import { World } from "../fake/world.js";

// Each test has a hundred lives, and the machine may be busy.
vi.setConfig({ testTimeout: 120_000 });

const bounds = fc.record({ messages: fc.nat(6), bytes: fc.nat(40) });
/** Any UTF-16, halves of surrogate pairs too. */
const text = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 12 });

/** Adds the text, or takes all that there is. */
const step = fc.oneof({ weight: 6, arbitrary: text }, { weight: 1, arbitrary: fc.constant(null) });

test("it takes a message exactly where both bounds allow it, and gives all back in their order", () => {
  fc.assert(
    fc.property(bounds, fc.array(step, { maxLength: 40 }), (bounds, steps) => {
      const outbox = new Outbox(bounds);
      let model: string[] = [];
      for (const text of steps) {
        if (text === null) {
          expect(outbox.take()).toEqual(model);
          model = [];
        } else if (model.length < bounds.messages && bytes([...model, text]) <= bounds.bytes) {
          outbox.add(text, messageBytes(text));
          model.push(text);
        } else {
          expect(codeOf(() => outbox.add(text, messageBytes(text)))).toBe("queue-full");
        }
        expect(outbox.bytes).toBe(bytes(model));
      }
      expect(outbox.take()).toEqual(model);
    }),
  );
});

test("what a page sends before there is a connection goes out once, in order, up to the bounds", async () => {
  await fc.assert(
    fc.asyncProperty(bounds, fc.array(text, { maxLength: 12 }), async (queue, texts) => {
      const world = new World({ queue });
      const taken: string[] = [];
      for (const text of texts) {
        const code = codeOf(() => world.socket.send(text));
        expect([null, "queue-full"]).toContain(code);
        if (code === null) taken.push(text);
        expect(world.socket.bufferedAmount).toBe(bytes(taken));
      }
      await world.advance(1_000);
      expect(world.gateway.received.map(({ data }) => data)).toEqual(taken);
      expect(world.socket.bufferedAmount).toBe(0);
      expect(taken.length).toBeLessThanOrEqual(queue.messages);
      expect(bytes(taken)).toBeLessThanOrEqual(queue.bytes);
    }),
  );
});

test("who is told to wait is told once when to go on", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.nat(6), async (messages, sent) => {
      const world = new World({ queue: { messages } });
      const answers = Array.from({ length: Math.min(sent, messages) }, (_, index) =>
        world.socket.send(`${index}`),
      );
      expect(answers).toEqual(answers.map((_, index) => (index + 1) * 2 <= messages));
      await world.advance(1_000);
      expect(world.events.filter((event) => event === "drain")).toHaveLength(answers.includes(false) ? 1 : 0);
    }),
  );
});

function bytes(texts: readonly string[]): number {
  return new Blob([...texts]).size;
}

/** The code with which it was refused. */
function codeOf(send: () => void): string | null {
  try {
    send();
    return null;
  } catch (error) {
    if (error instanceof SendError) return error.code;
    throw error;
  }
}
