// Secrets in what is printed and logged: whole, in pieces, and what stays as it is.
import { describe, expect, test } from "vitest";
import { masked, pieceMask, rememberSecrets } from "../../../src/guard/mask.ts";

rememberSecrets(["sk-canary-1234567890", "sk-canary-1234567890-longer", "short", "geheim-ü-schlüssel"]);

describe("a text", () => {
  test.each([
    ["key=sk-canary-1234567890;", "key=***;"],
    ["sk-canary-1234567890-longer", "***"],
    ["twice sk-canary-1234567890 sk-canary-1234567890", "twice *** ***"],
    ["a short word", "a short word"],
  ])("%s", (text, shown) => expect(masked(text)).toBe(shown));
});

describe("bytes in pieces", () => {
  const through = (bytes: Uint8Array, size: number): Buffer => {
    const mask = pieceMask();
    const shown: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) shown.push(mask(bytes.subarray(at, at + size)));
    return Buffer.concat(shown);
  };

  test.each([1, 3, 7, 100])("of %i bytes show no secret and nothing else is changed", (size) => {
    const text = "one sk-canary-1234567890\ntwo geheim-ü-schlüssel\nsk-cannot\nend\n";
    expect(through(Buffer.from(text), size).toString()).toBe("one ***\ntwo ***\nsk-cannot\nend\n");
  });

  test("that are no text stay as they are", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_value, index) => index);
    expect(through(bytes, 10)).toEqual(Buffer.from(bytes));
  });
});
