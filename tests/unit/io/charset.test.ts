// What is printed on terminals that show no UTF-8.
import { expect, test } from "vitest";
import { asciiStreams, inAscii, showsUtf8 } from "../../../src/io/charset.ts";

test.each([
  [{}, true],
  [{ LANG: "en_US.UTF-8" }, true],
  [{ LANG: "de_DE.utf8", LC_CTYPE: "" }, true],
  [{ LANG: "en_US.UTF-8", LC_ALL: "C" }, false],
  [{ LC_ALL: "C.UTF-8", LANG: "C" }, true],
  [{ LC_CTYPE: "en_US.ISO-8859-1" }, false],
  [{ LANG: "POSIX" }, false],
])("%o shows UTF-8: %s", (env, shows) => {
  expect(showsUtf8(env)).toBe(shows);
});

test("signs of ours have a plain spelling, and other characters a visible one", () => {
  expect(inAscii("✓ done … → x")).toBe("ok done ... -> x");
  expect(inAscii("tab\tstays, ü does not: 漢 😀")).toBe("tab\tstays, \\u{fc} does not: \\u{6f22} \\u{1f600}");
  // Bytes that an 8-bit terminal takes for the beginning of a command.
  expect(Buffer.from(inAscii("\u015b\u2588"), "utf8").every((byte) => byte < 0x80)).toBe(true);
});

test("only a terminal gets it", () => {
  const env = { LC_ALL: "C" };
  expect(asciiStreams({ env, stdout: {}, stderr: { isTTY: true } })).toEqual({ stdout: false, stderr: true });
  expect(asciiStreams({ env: {}, stdout: { isTTY: true }, stderr: {} }).stdout).toBe(false);
});
