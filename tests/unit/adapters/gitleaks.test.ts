import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gitleaks, parseReport } from "../../../src/adapters/gitleaks.ts";
import { ToolError } from "../../../src/errors.ts";
import type { RunOptions } from "../../../src/io/run.ts";

const recorded = readFileSync(join(import.meta.dirname, "../fixtures/gitleaks-8.30-redacted.json"), "utf8");

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "av-unit-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("the report", () => {
  test("of the real program (recorded with --redact) is read", () => {
    expect(parseReport(recorded)).toEqual([
      { rule: "github-pat", line: 2, secret: "REDACTED" },
      { rule: "private-key", line: 5, secret: "REDACTED" },
    ]);
  });

  test("of nothing is empty", () => expect(parseReport("[]\n")).toEqual([]));

  test.each(["", "{}", "null", "[null]", '[{"RuleID":"a"}]', recorded.slice(0, -20)])(
    "that is not whole is none: %j",
    (text) => expect(parseReport(text)).toBeUndefined(),
  );
});

const call = (answer: { code?: number; stdout?: string; stderr?: string }) => {
  const seen: { argv: readonly string[]; options: RunOptions }[] = [];
  const run = async (argv: readonly string[], options: RunOptions = {}) => {
    seen.push({ argv, options });
    return { code: 0, stdout: "[]", stderr: "", ...answer };
  };
  const host = {
    run,
    env: { PATH: "/bin", HOME: "/h", GITLEAKS_CONFIG: "/evil" },
    signal: new AbortController().signal,
  };
  const result = gitleaks(host, "/usr/bin/gitleaks", { directory, input: Readable.from([]) });
  return { result, seen };
};

describe("the program", () => {
  test("is given our configuration and place, and none of the caller's", async () => {
    const { result, seen } = call({});
    expect(await result).toEqual([]);
    const [{ argv, options } = { argv: [], options: {} as RunOptions }] = seen;
    expect(argv).toContain(`--config=${directory}/gitleaks.toml`);
    expect(argv).toContain(`--gitleaks-ignore-path=${directory}`);
    expect(argv).toContain("--ignore-gitleaks-allow");
    expect(options.cwd).toBe(directory);
    expect(options.env).toEqual({ PATH: "/bin", HOME: "/h", LC_ALL: "C" });
    expect(readFileSync(join(directory, "gitleaks.toml"), "utf8")).toContain("useDefault = true");
  });

  test.each([
    ["no report", { stdout: "" }],
    ["findings and the code for none", { stdout: recorded, code: 0 }],
    ["no findings and the code for some", { stdout: "[]", code: 43 }],
  ])("has failed with %s", async (_name, answer) => {
    await expect(call(answer).result).rejects.toBeInstanceOf(ToolError);
  });

  test("gives its findings", async () => {
    expect(await call({ stdout: recorded, code: 43 }).result).toHaveLength(2);
  });
});
