// Placeholders and the keys behind them: who may use what, and until when.
import { expect, test } from "vitest";
import { createSessions } from "../../../src/guard/credential-sessions.ts";

const grant = (value: string) => ({ upstream: "https://example.org", header: "x-api-key", value });

test("a session uses the keys it was opened with, under its own placeholder", () => {
  const sessions = createSessions();
  sessions.open("one", "first", { anthropic: grant("a") });
  sessions.open("two", "second", { openai: grant("o") });
  expect(sessions.holder(["first"])).toBe("one");
  expect(sessions.holder(["nothing", "second"])).toBe("two");
  expect(sessions.holder(["firs", "first ", ""])).toBe(undefined);
  expect(sessions.grant("one", "anthropic")?.value).toBe("a");
  expect(sessions.grant("one", "openai")).toBe(undefined);
});

test("a later session's key replaces the earlier one's for both", () => {
  const sessions = createSessions();
  sessions.open("one", "first", { anthropic: grant("old") });
  sessions.open("two", "second", { anthropic: grant("new") });
  expect(sessions.grant("one", "anthropic")?.value).toBe("new");
});

test("a session that has ended has no placeholder, and the last one takes the key along", () => {
  const sessions = createSessions();
  sessions.open("one", "first", { anthropic: grant("a") });
  sessions.open("two", "second", { anthropic: grant("a"), openai: grant("o") });
  sessions.close("two");
  expect(sessions.holder(["second"])).toBe(undefined);
  expect(sessions.ids()).toEqual(["one"]);
  expect(sessions.held()).toEqual(["anthropic"]);
  sessions.close("one");
  expect(sessions.held()).toEqual([]);
});
