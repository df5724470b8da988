// A session's environment with the proxy: keys go to the host's side, a placeholder to the VM's.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { splitKeys } from "../../../../src/domain/keeper/grants.ts";
import { loadProviders } from "../../../../src/domain/keeper/providers.ts";
import { createSweep } from "../../../../src/domain/keeper/sweep.ts";
import { ROOT } from "../../sources.ts";

const providers = await loadProviders(join(ROOT));

describe("a session", () => {
  test("gets placeholder and address for each key, and everything that is no key", () => {
    const { grants, values } = splitKeys(
      {
        ANTHROPIC_API_KEY: "a",
        CLAUDE_CODE_OAUTH_TOKEN: "o",
        OPENAI_API_KEY: "p",
        ANTHROPIC_MODEL: "m",
        GH_TOKEN: "g",
      },
      providers,
      "placeholder",
    );
    expect(values(2345)).toEqual({
      ANTHROPIC_AUTH_TOKEN: "placeholder",
      ANTHROPIC_BASE_URL: "http://127.0.0.1:2345/anthropic",
      OPENAI_API_KEY: "placeholder",
      OPENAI_BASE_URL: "http://127.0.0.1:2345/openai",
      ANTHROPIC_MODEL: "m",
      GH_TOKEN: "g",
    });
    expect(grants).toEqual({
      anthropic: { upstream: "https://api.anthropic.com", header: "x-api-key", value: "a" },
      openai: { upstream: "https://api.openai.com/v1", header: "authorization", value: "Bearer p" },
    });
  });

  test("asks the host's own gateway when the host has one", () => {
    const given = { ANTHROPIC_AUTH_TOKEN: "t", ANTHROPIC_BASE_URL: "https://gateway.example.org/claude/" };
    expect(splitKeys(given, providers, "x").grants["anthropic"]).toEqual({
      upstream: "https://gateway.example.org/claude",
      header: "authorization",
      value: "Bearer t",
    });
  });

  test("without a key has nothing to do with the proxy", () => {
    const { grants, values } = splitKeys({ ANTHROPIC_BASE_URL: "https://example.org" }, providers, "x");
    expect(grants).toEqual({});
    expect(values(1)).toEqual({ ANTHROPIC_BASE_URL: "https://example.org" });
  });
});

describe("a session has ended", () => {
  test("when it was there and is not any more", () => {
    const sweep = createSweep();
    expect(sweep.ended(["a"], ["a"])).toEqual([]);
    expect(sweep.ended(["a"], [])).toEqual(["a"]);
  });

  test("when its command has returned and it is not there", () => {
    const sweep = createSweep();
    expect(sweep.ended(["a"], [])).toEqual([]);
    sweep.appeared("a");
    expect(sweep.ended(["a"], [])).toEqual(["a"]);
  });

  test("when it never came", () => {
    const sweep = createSweep();
    const ended = Array.from({ length: 12 }, () => sweep.ended(["a"], []).length);
    expect(ended).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });
});
