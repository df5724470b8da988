// The command line as a whole: what a failure looks like and which exit code it gives.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runCli, splitAtDashes, type World } from "../../src/cli.ts";
import type { Context } from "../../src/context.ts";
import { EXIT, Interrupted, ToolError, UserError } from "../../src/errors.ts";

// Stands for any command's work: it returns an exit code or fails.
const work = vi.hoisted(() => vi.fn());
vi.mock("../../src/domain/workspace/connect.ts", () => ({ connect: work }));
vi.mock("../../src/domain/session/run-command.ts", () => ({ runCommand: work }));

let home: string;
let stdout: string;
let stderr: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "agent-vm-cli-"));
  stdout = "";
  stderr = "";
  work.mockReset().mockResolvedValue(0);
});
afterEach(() => rmSync(home, { recursive: true }));

const sink = (take: (text: string) => void) =>
  new Writable({
    write: (bytes, _encoding, done) => {
      take(String(bytes));
      done();
    },
  });

function agentVm(argv: readonly string[], change: Partial<World> = {}): Promise<number> {
  const world = {
    argv,
    cwd: home,
    env: { HOME: home },
    uid: 1000,
    platform: "linux",
    arch: "x64",
    programDir: process.cwd(),
    stdin: { isTTY: false },
    stdout: sink((text) => (stdout += text)),
    stderr: sink((text) => (stderr += text)),
    signal: new AbortController().signal,
    ...change,
  };
  return runCli(world as unknown as World);
}

const seen = () => work.mock.calls[0]?.[0] as Context;

test("a setting's value may be words that begin with a dash", async () => {
  expect(await agentVm(["config", "set", "editor", "gvim", "-f"])).toBe(0);
  expect(await agentVm(["config", "get", "editor"])).toBe(0);
  expect(JSON.parse(stdout)).toEqual(["gvim", "-f"]);
});

describe("what follows -- is another command's", () => {
  test.each([
    [["connect", "x"], ["connect", "x"], undefined],
    [["connect", "x", "--"], ["connect", "x"], []],
    [
      ["connect", "x", "--", "npm", "test", "--", "-v"],
      ["connect", "x"],
      ["npm", "test", "--", "-v"],
    ],
    [["--", "connect"], [], ["connect"]],
    [[], [], undefined],
  ])("%j", (argv, typed, afterDashes) => expect(splitAtDashes(argv)).toEqual({ typed, afterDashes }));

  test("and reaches it as it is", async () => {
    expect(await agentVm(["connect", "x", "--", "ls", "--help", "--vm", "a b", "$(id)"])).toBe(0);
    expect(seen().afterDashes).toEqual(["ls", "--help", "--vm", "a b", "$(id)"]);
    expect(seen().paths.vm).toBe("agent-vm");
  });

  test("and is refused for commands that run none", async () => {
    expect(await agentVm(["status", "--", "ls"])).toBe(EXIT.usage);
    expect(stderr).toContain("connect <branch> -- <command>");
    for (const verb of ["list", "stop"]) {
      expect(await agentVm(["forward", verb, "--", "3000"])).toBe(EXIT.usage);
      expect(stderr).toContain("agent-vm forward -- list 3000");
    }
  });

  test("is no command's for a first look", async () => {
    expect(await agentVm(["--json", "--", "ls"])).not.toBe(0);
  });

  test("is a branch and its ports for forward, which has commands of its own", async () => {
    expect(await agentVm(["forward", "--", "list", "3000x"])).toBe(EXIT.usage);
    expect(stderr).toContain('"3000x" is no port');
  });
});

const FAILURES: [string, unknown, number, number][] = [
  ["a user's error", new UserError("No such thing."), EXIT.failed, EXIT.beforeCommand],
  [
    "a host that is not ready",
    new UserError("No.", { exit: EXIT.notReady }),
    EXIT.notReady,
    EXIT.beforeCommand,
  ],
  ["a refusal", new UserError("No.", { exit: EXIT.refused }), EXIT.refused, EXIT.beforeCommand],
  ["wrong usage", new UserError("No.", { exit: EXIT.usage }), EXIT.usage, EXIT.usage],
  [
    "a program that failed",
    new ToolError({ argv: ["git", "push"], code: 128, stderrTail: "fatal: no" }),
    EXIT.failed,
    EXIT.beforeCommand,
  ],
  ["a bug", new TypeError("x is not a function"), EXIT.bug, EXIT.bug],
  ["a bug that throws a word", "oops", EXIT.bug, EXIT.bug],
  ["an interruption", new Interrupted(), EXIT.interrupted, EXIT.interrupted],
];

describe("the exit code after", () => {
  test.each(FAILURES)("%s", async (_name, error, code, withCommand) => {
    work.mockRejectedValue(error);
    expect(await agentVm(["connect", "x"])).toBe(code);
    expect(await agentVm(["connect", "x", "--", "make"])).toBe(withCommand);
    expect(await agentVm(["run", "x", "a prompt"])).toBe(withCommand);
    expect(stdout).toBe("");
  });

  test("a command in the workspace is its own", async () => {
    work.mockResolvedValue(7);
    expect(await agentVm(["connect", "x", "--", "sh", "-c", "exit 7"])).toBe(7);
  });

  test("a Ctrl-C that the work took calmly is 130, unless it had a code of its own", async () => {
    const signal = AbortSignal.abort();
    expect(await agentVm(["connect", "x"], { signal })).toBe(EXIT.interrupted);
    work.mockResolvedValue(3);
    expect(await agentVm(["connect", "x"], { signal })).toBe(3);
  });
});

describe("what is said of", () => {
  test("a user's error: the sentence, the details, the hint", async () => {
    const options = { details: ["one", "two\u001b[2J"], hint: "Try: agent-vm start" };
    work.mockRejectedValue(new UserError("It is so.", options));
    await agentVm(["connect"]);
    expect(stderr).toBe("agent-vm: It is so.\n  one\n  two^[[2J\n  → Try: agent-vm start\n");
  });

  test("a program that failed: its command line and its last words", async () => {
    work.mockRejectedValue(new ToolError({ argv: ["git", "push"], code: 128, stderrTail: "a\nb" }));
    await agentVm(["connect"]);
    expect(stderr).toBe("agent-vm: git ended with code 128.\n  command: git push\n  a\n  b\n");
  });

  test("a bug: where it is; no other failure shows a stack", async () => {
    for (const [, error] of FAILURES) {
      stderr = "";
      work.mockRejectedValue(error);
      const code = await agentVm(["connect"]);
      expect(/\n\s+at /.test(stderr)).toBe(code === EXIT.bug && error instanceof Error);
      expect(stderr.includes("bug in agent-vm")).toBe(code === EXIT.bug);
    }
  });

  test("a failure even under --quiet", async () => {
    work.mockRejectedValue(new UserError("It is so."));
    await agentVm(["--quiet", "connect"]);
    expect(stderr).toContain("It is so.");
  });
});

describe("wrong usage is 2, with a way on:", () => {
  test.each([
    ["an unknown command", ["conect"], /unknown command 'conect'[\s\S]*connect/],
    ["an unknown option", ["connect", "--frce"], /unknown option '--frce'/],
    [
      "an option that a terminal would act on",
      ["connect", "--\u001b]0;x\u0007"],
      /unknown option '--\^\[\]0;x\^G'/,
    ],
    ["one argument too many", ["connect", "a", "b"], /too many arguments/],
    ["a missing argument", ["push"], /missing required argument 'branch'/],
    ["an option without its value", ["connect", "--memory"], /argument missing/],
    ["a number out of its limits", ["connect", "--memory", "0"], /--memory 0[\s\S]*1 to 128/],
    ["an unknown acceleration", ["connect", "--accel", "xen"], /kvm/],
    ["a VM's name that cannot be", ["--vm", "../x", "connect"], /cannot be a VM's name/],
  ])("%s", async (_name, argv, said) => {
    expect(await agentVm(argv)).toBe(EXIT.usage);
    expect(stderr).toMatch(/^agent-vm: /);
    expect(stderr).toMatch(said);
    expect(stdout).toBe("");
    expect(work).not.toHaveBeenCalled();
  });

  test("in the environment and in the settings file as well", async () => {
    expect(await agentVm(["connect"], { env: { HOME: home, AGENT_VM_NAME: "a b" } })).toBe(EXIT.usage);
    expect(await agentVm(["connect"], { env: { HOME: home, AGENT_VM_MEMORY: "lots" } })).toBe(EXIT.usage);
  });

  test("also when a command was asked for", async () => {
    expect(await agentVm(["connect", "--frce", "--", "make"])).toBe(EXIT.usage);
  });
});

describe("help and version are answers:", () => {
  test.each([["--help"], ["--version"], ["connect", "--help"], ["help", "connect"], ["help", "git"]])(
    "%s",
    async (...argv) => {
      expect(await agentVm(argv.filter(Boolean))).toBe(0);
      expect(stdout).not.toBe("");
      expect(stderr).toBe("");
    },
  );

  test("nothing typed says what is there and what to type next; a mistake in the settings does not matter", async () => {
    for (const argv of [[], ["--vm", "other"], ["--repo", home]]) {
      stdout = "";
      expect(await agentVm(argv, { env: { HOME: home, AGENT_VM_MEMORY: "lots" } })).toBe(0);
      expect(stdout).toMatch(/^There is no VM \S+ yet\.[\s\S]*\nNext: /);
    }
    expect(work).not.toHaveBeenCalled();
  });

  test.each([
    [["trash", "lst"], "trash list"],
    [["trsh", "lst"], "trash list"],
    [["conect"], "connect"],
    [["trsh"], "trash"],
    [["trash", "nothing-like-it"], "trash"],
  ])("of %j names what was meant", async (words, meant) => {
    expect(await agentVm(["help", ...words])).toBe(EXIT.usage);
    expect(stderr).toContain(`Did you mean: agent-vm help ${meant}\n`);
  });

  test("an unknown topic is wrong usage", async () => {
    expect(await agentVm(["help", "exit-code"])).toBe(EXIT.usage);
    expect(stderr).toContain("Did you mean: agent-vm help exit-codes");
    expect(stdout).toBe("");
  });

  test("the help names every command and exit code", async () => {
    await agentVm(["--help"]);
    for (const verb of [
      "connect",
      "push",
      "fetch",
      "clean",
      "mount",
      "start",
      "stop",
      "status",
      "destroy",
      "doctor",
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${verb} `, "m"));
    }
    for (const code of [125, ...Object.values(EXIT)]) expect(stdout).toContain(` ${code}`);
  });
});

test("a terminal that tells no size gets help of 80 columns, and nothing is cut to nothing", async () => {
  let said = "";
  const take = sink((text) => (said += text));
  const terminal = Object.assign(take, { isTTY: true, columns: 0 }) as unknown as World["stdout"];
  await agentVm(["trash", "--help"], { stdout: terminal });
  expect(said).toMatch(/^ {2}drop \[options\] \[id...\] {2}delete saves for good$/m);
  await agentVm(["connect", "x"], { stdout: terminal });
  expect(seen().columns).toBeUndefined();
});

describe("global options", () => {
  test("stand before or after the command", async () => {
    for (const argv of [
      ["--vm", "other", "-y", "connect"],
      ["connect", "--vm", "other", "-y"],
    ]) {
      work.mockClear();
      await agentVm(argv);
      expect(seen()).toMatchObject({
        paths: { vm: "other" },
        flags: { yes: true },
        commandLine: "agent-vm connect",
      });
    }
  });

  test("a flag beats the environment", async () => {
    const env = { HOME: home, AGENT_VM_NAME: "two" };
    await agentVm(["connect"], { env });
    expect(seen().paths.vm).toBe("two");
    work.mockClear();
    await agentVm(["--vm", "three", "connect"], { env });
    expect(seen().paths.vm).toBe("three");
  });

  test("without them and off a terminal nothing is agreed to and nothing asked", async () => {
    await agentVm(["connect"]);
    expect(seen()).toMatchObject({ flags: { yes: false }, interactive: false, confirm: { possible: false } });
    expect(await seen().confirm.ask("Delete?")).toBe(false);
  });

  test("on a terminal a question can be asked, unless --no-input", async () => {
    const terminal = { stdin: { isTTY: true } as NodeJS.ReadStream };
    const stream = Object.assign(
      sink(() => {}),
      { isTTY: true, columns: 80 },
    );
    const world = { ...terminal, stderr: stream as unknown as NodeJS.WriteStream };
    await agentVm(["connect"], world);
    expect(seen().confirm.possible).toBe(true);
    work.mockClear();
    await agentVm(["--no-input", "connect"], world);
    expect(seen().confirm.possible).toBe(false);
  });
});
