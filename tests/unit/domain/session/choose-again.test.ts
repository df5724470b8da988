// Which session runs again, and what is said when none can.
import { expect, test } from "vitest";
import { chooseCutShort } from "../../../../src/domain/session/choose-again.ts";
import { memoryBytes } from "../../../../src/domain/session/memory.ts";
import type { SeenSession } from "../../../../src/domain/session/seen.ts";
import { UserError } from "../../../../src/errors.ts";

const make = (id: string, state: SeenSession["state"], change: Partial<SeenSession> = {}) =>
  ({ id: id.repeat(16), dir: "shop-work", kind: "command", state, ...change }) as SeenSession;
const wanted = (session?: string) => ({ dir: "shop-work", branch: "work", session });

function chosen(all: SeenSession[], session?: string): string {
  try {
    return chooseCutShort(all, wanted(session)).id.slice(0, 1);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

test("the newest that was cut short, or the one that is named", () => {
  const all = [
    make("a", "finished"),
    make("b", "lost"),
    make("c", "failed"),
    make("d", "killed", { dir: "other" }),
  ];
  expect(chosen(all)).toBe("b");
  expect(chosen(all, "c")).toBe("c");
  expect(chosen(all, "a")).toBe("a");
  expect(chosen(all, "d")).toMatch(/^No session of work begins with/);
});

test("none while one runs, unless it is named; never a shell", () => {
  const all = [make("a", "waiting"), make("b", "lost"), make("c", "lost", { kind: "shell" })];
  expect(chosen(all)).toBe("A session of work is running already (aaaaaaaa).");
  expect(chosen(all, "b")).toBe("b");
  expect(chosen(all, "a")).toBe("The session aaaaaaaa of work is running.");
  expect(chosen([make("c", "lost", { kind: "shell" })])).toBe("work has no session to run again.");
  expect(chosen([make("a", "finished")])).toBe("All sessions of work have finished.");
});

test.each([
  ["64M", 64 * 1024 ** 2],
  ["4G", 4 * 1024 ** 3],
  ["63M", undefined],
  ["4", undefined],
  ["4g", undefined],
  ["0G", undefined],
  ["-1G", undefined],
  ["4G ", undefined],
  ["1.5G", undefined],
  ["", undefined],
])("%j as a size is %s", (text, bytes) => expect(memoryBytes(text)).toBe(bytes));
