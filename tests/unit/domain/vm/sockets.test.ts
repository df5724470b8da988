// Control sockets lie where nobody else can put one, also in a state directory that was made open.
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { prepareSockets } from "../../../../src/domain/vm/sockets.ts";

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "avm-sockets-"));
});
afterEach(() => rm(base, { recursive: true, force: true }));

const uid = process.getuid?.() ?? 0;
const prepare = (sockets: string, owner = uid) =>
  prepareSockets({ uid: owner, paths: { state: join(base, "state"), sockets } } as unknown as Context);
const mode = async (path: string) => (await stat(path)).mode & 0o777;

test("a state directory that was made open is closed", async () => {
  await mkdir(join(base, "state"), { mode: 0o755 });
  await prepare(join(base, "state", "cm"));
  expect(await mode(join(base, "state"))).toBe(0o700);
  expect(await mode(join(base, "state", "cm"))).toBe(0o700);
});

test("elsewhere a directory that others can enter is refused", async () => {
  await mkdir(join(base, "agent-vm-1000"), { mode: 0o755 });
  await expect(prepare(join(base, "agent-vm-1000", "abcd"))).rejects.toMatchObject({ exit: 4 });
});
