// How large a VM becomes, and which numbers an option takes.
import { describe, expect, test } from "vitest";
import { chooseResources, wholeNumber } from "../../../../src/domain/vm/resources.ts";
import { EXIT } from "../../../../src/errors.ts";

const GIB = 1024 ** 3;
const host = (cpus: number, memory: number) => ({ cpus, memory: memory * GIB });

describe("the size of a new VM", () => {
  test("is the default on a host that has room, and nothing is said", () => {
    expect(chooseResources({}, host(16, 64))).toEqual({ vcpu: 4, memory: 8, disk: 100, notes: [] });
  });

  test("is what was asked for when it fits", () => {
    const asked = { vcpu: 12, memory: 32, disk: 200 };
    expect(chooseResources(asked, host(12, 34))).toEqual({ ...asked, notes: [] });
  });

  test("is never more than the host has, and says what was cut", () => {
    const { notes, ...size } = chooseResources({}, host(2, 7.6));
    expect(size).toEqual({ vcpu: 2, memory: 5, disk: 100 });
    expect(notes).toEqual([
      "This host has 2 CPUs: the VM gets 2.",
      "5 GB of memory fit beside this host's own use: the VM gets 5 GB.",
    ]);
  });

  test("cuts what was asked for as well, each by itself", () => {
    expect(chooseResources({ vcpu: 64 }, host(8, 64)).notes).toEqual([expect.stringContaining("8 CPUs")]);
    expect(chooseResources({ memory: 128 }, host(8, 64)).notes).toEqual([expect.stringContaining("62 GB")]);
  });

  test("is at least 1 GB on a tiny host", () => {
    expect(chooseResources({}, host(1, 1.5))).toMatchObject({ vcpu: 1, memory: 1 });
  });
});

describe("an option with a whole number", () => {
  const memory = wholeNumber("--memory", 1, 128);

  test.each(["1", "8", "128", "064"])("takes %s", (text) => expect(memory(text)).toBe(Number(text)));

  test.each([
    ...["0", "129", "-1", "+1", "8.5", "8GB", "1e2", "0x10", "", " 8", "8 ", "8\n", "NaN", "Infinity", "٤"],
    "9".repeat(400),
  ])("refuses %j as wrong usage and names the limits", (text) => {
    expect(() => memory(text)).toThrow(
      expect.objectContaining({ exit: EXIT.usage, hint: "Give a whole number from 1 to 128." }),
    );
  });
});
