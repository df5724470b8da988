// How an agent comes to its account, from what is sent and what is in the VM, and the words for it.
import { describe, expect, test } from "vitest";
import { findAgent, loadAgents } from "../../../../src/domain/agents/catalog.ts";
import { accessOf, type SessionCredentials } from "../../../../src/domain/auth/status.ts";
import { accessWords, authRows } from "../../../../src/domain/auth/words.ts";
import { loadProviders } from "../../../../src/domain/keeper/providers.ts";
import { parseVmName, pathsFor } from "../../../../src/domain/paths.ts";
import { EXIT, UserError } from "../../../../src/errors.ts";
import { ROOT } from "../../sources.ts";

const agents = await loadAgents({
  programDir: ROOT,
  paths: pathsFor(parseVmName("x"), { uid: 1, env: { HOME: "/nowhere" } }),
});
const claude = findAgent(agents, "claude");
const given = (change: Partial<SessionCredentials> = {}): SessionCredentials => ({
  variables: new Set(),
  google: false,
  proxied: new Set(),
  ...change,
});
const OUT = { installed: true, loggedIn: false };

test("the shipped data names the five agents, then gh, and providers that there are", async () => {
  const names = agents.map(({ name }) => name);
  expect(names).toEqual(["claude", "codex", "copilot", "gemini", "opencode", "gh"]);
  const providers = Object.keys(await loadProviders(ROOT));
  for (const { provider } of agents) if (provider !== undefined) expect(providers).toContain(provider);
});

test("an unknown agent is refused with the names there are", () => {
  try {
    findAgent(agents, "clod");
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).exit).toBe(EXIT.usage);
    expect((error as UserError).hint).toContain("claude");
  }
});

describe("access", () => {
  test.each([
    ["by nothing", given(), OUT, undefined],
    ["by login", given(), { installed: true, loggedIn: true }, "logged in inside the VM"],
    [
      "by variable",
      given({ variables: new Set(["ANTHROPIC_API_KEY", "OPENAI_API_KEY"]) }),
      OUT,
      "by variable: ANTHROPIC_API_KEY",
    ],
    ["by proxy", given({ proxied: new Set(["anthropic"]) }), OUT, "by proxy: the key stays on this host"],
    ["not by another's proxy", given({ proxied: new Set(["openai"]) }), OUT, undefined],
    ["not by Google's file alone", given({ google: true }), OUT, undefined],
    [
      "by Google's file and the variable that asks for it",
      given({ google: true, variables: new Set(["CLAUDE_CODE_USE_VERTEX"]) }),
      OUT,
      "by Google's credentials",
    ],
  ])("%s", (_way, credentials, inside, words) =>
    expect(accessWords(accessOf(claude, credentials, inside))).toBe(words),
  );

  test("that is missing names the way on, and what cannot be known is not called missing", () => {
    const words = (inside: typeof OUT | undefined) =>
      authRows([accessOf(claude, given(), inside)]).rows[0]?.[2];
    expect(words(OUT)).toBe("not: agent-vm auth login claude");
    expect(words({ installed: false, loggedIn: false })).toBe("not installed in the VM");
    expect(words(undefined)).toBe("not known: the VM does not run");
  });
});
