// Which variables a session gets and which of their values are hidden.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { chooseEnv, namesIn, secretsIn } from "../../../../src/domain/session/choose-env.ts";
import { settingsSchema } from "../../../../src/domain/settings.ts";
import { ROOT } from "../../sources.ts";

const DEFAULTS = ["ANTHROPIC_API_KEY", "ANTHROPIC_MODEL"];

describe("a session gets", () => {
  test("what the host has, and nothing that is empty there", () =>
    expect(chooseEnv(DEFAULTS, {}, { ANTHROPIC_API_KEY: "k", ANTHROPIC_MODEL: "", OTHER: "x" })).toEqual({
      ANTHROPIC_API_KEY: "k",
    }));

  test("names and values of the user's file, and not what it leaves out", () =>
    expect(
      chooseEnv(
        DEFAULTS,
        { ANTHROPIC_API_KEY: false, ANTHROPIC_MODEL: "m", GH_TOKEN: null, MISSING: null, EMPTY: "", N: 3 },
        { ANTHROPIC_API_KEY: "k", ANTHROPIC_MODEL: "host's", GH_TOKEN: "t" },
      ),
    ).toEqual({ ANTHROPIC_MODEL: "m", GH_TOKEN: "t", EMPTY: "", N: "3" }));
});

test("the shipped list names what can be sent, once, and no account's token", () => {
  const names = namesIn(readFileSync(join(ROOT, "common/packages/envvars.txt"), "utf8"));
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) settingsSchema.parse({ env: { [name]: null } });
  expect(names).toContain("ANTHROPIC_API_KEY");
  expect(names.filter((name) => /^(GH|GITHUB|AWS_SECRET|NPM)_/.test(name))).toEqual([]);
});

test.each(["PATH", "LD_PRELOAD", "SSH_AUTH_SOCK", "AGENT_VM_SESSION", "A B", "1A", "*", ""])(
  "the name %j cannot be sent",
  (name) => expect(settingsSchema.safeParse({ env: { [name]: "x" } }).success).toBe(false),
);

test("keys and unknown names are hidden, names of models and plain addresses are not", () =>
  expect(
    secretsIn({
      ANTHROPIC_API_KEY: "key",
      MINE: "line one\nline two",
      ANTHROPIC_MODEL: "model",
      CLAUDE_CODE_USE_VERTEX: "1",
      GOOGLE_CLOUD_PROJECT: "shop",
      OPENAI_BASE_URL: "https://example.org",
      ANTHROPIC_BASE_URL: "https://user:password@example.org",
    }),
  ).toEqual([
    "key",
    "key",
    "line one\nline two",
    "line one",
    "line two",
    "https://user:password@example.org",
    "https://user:password@example.org",
  ]));
