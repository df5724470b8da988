// While a pager or an editor has the terminal, nothing of ours is written between its lines.
import { expect, test } from "vitest";
import { whileCtrlCIsIts } from "../../../src/io/pager.ts";
import { screenIsTaken } from "../../../src/io/taken-screen.ts";

test("it has the screen until it ends, however it ends", async () => {
  const nothing = () => undefined;
  expect(await whileCtrlCIsIts(async () => screenIsTaken(), nothing)).toBe(true);
  expect(screenIsTaken()).toBe(false);
  const failing = whileCtrlCIsIts(async () => {
    throw new Error("ended");
  }, nothing);
  expect(screenIsTaken()).toBe(true);
  await expect(failing).rejects.toThrow("ended");
  expect(screenIsTaken()).toBe(false);
});
