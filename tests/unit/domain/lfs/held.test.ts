// What the guest says of its store: objects by their place, everything else by its path, nothing from elsewhere.
import { expect, test } from "vitest";
import { parseHeld, parseStored } from "../../../../src/domain/lfs/held.ts";
import { parseLacks } from "../../../../src/domain/lfs/send.ts";
import { UserError } from "../../../../src/errors.ts";

const OID = `abcd${"0".repeat(60)}`;

test("an object is one in its own place alone", () => {
  expect(parseStored(`f ab/cd/${OID} 7`)).toEqual({
    path: `.git/lfs/objects/ab/cd/${OID}`,
    pointer: { oid: OID, size: 7 },
  });
  const others = [`l ab/cd/${OID} 7`, `f ab/ce/${OID} 7`, `f aa/cd/${OID} 7`, `f ${OID} 7`, "f a b 7"];
  for (const entry of [
    ...others,
    `f ab/cd/${OID}/x 7`,
    "f ab/cd/abcd 7",
    `f ab/cd/${OID.slice(1)}g 7`,
    `f ab/cd/${OID}0 7`,
  ])
    expect(parseStored(entry)).toMatchObject({ pointer: undefined });
});

test("what is no file of the store is not read", () => {
  expect(parseHeld(`${OID} 12`)).toEqual({ oid: OID, size: 12 });
  for (const entry of ["", "f x", "f x -1", "f ../../x 1", "f /etc/passwd 1", `f ab/../../x 1`])
    expect(parseStored(entry)).toBeUndefined();
  for (const entry of ["", OID, `${OID} -1`, `${OID}0 1`, `../${OID} 1`])
    expect(parseHeld(entry)).toBeUndefined();
});

test("an answer about what is lacked is whole, and of ids", () => {
  const whole = (words: string) => parseLacks(`${words}=done\0`);
  expect(whole(`${OID}\0`)).toEqual({ lacks: new Map([[OID, 0]]), unfilled: false });
  expect(whole(`${OID} 17\0`)).toEqual({ lacks: new Map([[OID, 17]]), unfilled: false });
  expect(whole("=unfilled\0")).toEqual({ lacks: new Map(), unfilled: true });
  for (const answer of [
    "",
    "=unfilled\0",
    `=unfilled\0${OID}\0=done\0`,
    `${OID}\0`,
    `${OID}`,
    "x\0=done\0",
    `--${OID}\0=done\0`,
  ])
    expect(() => parseLacks(answer)).toThrow(UserError);
});
