// What git is started with, for the VM's sake and for the user's own remote.
import { expect, test } from "vitest";
import { git, gitOfUser } from "../../../src/adapters/git.ts";
import type { Run } from "../../../src/io/run.ts";

const CALLER = {
  HOME: "/home/u",
  SSH_AUTH_SOCK: "/run/agent",
  GIT_SSH_COMMAND: "ssh -i key",
  GIT_DIR: "/elsewhere",
  GIT_INDEX_FILE: "/elsewhere/index",
  GIT_CONFIG_COUNT: "1",
};

async function started(call: typeof git | typeof gitOfUser) {
  const calls: { argv: readonly string[]; env: Record<string, string> }[] = [];
  const run: Run = async (argv, options) => {
    calls.push({ argv, env: { ...options?.env } });
    return { code: 0, stdout: "", stderr: "" };
  };
  await call({ run, env: CALLER, signal: new AbortController().signal }, "/repo", ["fetch"]);
  return calls[0] ?? { argv: [], env: {} };
}

test("git gets nothing of the user's credentials, replacements, grafts or promises", async () => {
  const { argv, env } = await started(git);
  expect(argv).toContain("credential.helper=");
  expect(env).toMatchObject({
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "ssh",
  });
  expect(env["GIT_GRAFT_FILE"]).toBe("/dev/null/none");
  for (const name of ["SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_DIR"]) expect(env).not.toHaveProperty(name);
});

test("for the user's remote it has the user's credentials, in this repository alone, and runs no hook", async () => {
  const { argv, env } = await started(gitOfUser);
  expect(argv).not.toContain("credential.helper=");
  expect(argv).toContain("core.hooksPath=/dev/null");
  expect(env).toMatchObject({ HOME: "/home/u", SSH_AUTH_SOCK: "/run/agent", GIT_SSH_COMMAND: "ssh -i key" });
  expect(env["GIT_TERMINAL_PROMPT"]).toBe("0");
  for (const name of ["GIT_DIR", "GIT_INDEX_FILE", "GIT_CONFIG_COUNT"]) expect(env).not.toHaveProperty(name);
});
