// What the VM said is no string: neither for the compiler nor when the program runs.
import { join } from "node:path";
import { expect, test } from "vitest";
import { type FromGuest, fromGuest, parsed } from "../../../src/guard/from-guest.ts";
import { gitUrl, quote, sshArgv, type Target } from "../../../src/target.ts";

const said = fromGuest("../precious");
const target: Target = { configFile: "/c", alias: "vm", adminAlias: "vm-admin" };

test("a parser gets it whole", () => {
  expect(parsed(said, (text) => text.length)).toBe(11);
  expect(parsed(fromGuest(""), (text) => text)).toBe("");
});

// Each line has an error of the compiler that must be there, or `tsc` complains; and each throws.
test.each<[string, () => unknown]>([
  // @ts-expect-error: no word of an argument list
  ["an argument list", () => sshArgv(target, ["cat", said])],
  // @ts-expect-error: no word for a shell
  ["a shell's word", () => quote(said)],
  // @ts-expect-error: no part of a url
  ["a url", () => gitUrl(target, said)],
  // @ts-expect-error: no part of a path
  ["a path", () => join("/home", said)],
  // The compiler permits the next ones.
  ["a template", () => `~/workspace/${said}`],
  ["a list that is joined", () => [said].join(" ")],
  ["a sum", () => `${"x"}${said as unknown as string}`],
  ["JSON", () => JSON.stringify({ said })],
  ["String()", () => String(said)],
])("it cannot become part of %s", (_name, use) => expect(use).toThrow(TypeError));

test("a made-up one is refused", () => {
  expect(() => parsed({} as unknown as FromGuest, (text) => text)).toThrow(TypeError);
});
