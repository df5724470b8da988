// A save whose own lists find no room in the VM: it fails, and does not take what was written for all there is.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { listSaves } from "../../src/domain/vault/records.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { createWorld, read, refused, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await pushToWorkspace(world.ctx, "work");
});
afterEach(() => world.remove());

/** As a full disk has it end: nothing is written, where a list of what is not left out goes into a file. */
const GREP_WITHOUT_ROOM = (grep: string) => `#!/bin/sh
case " $* " in *" -zav"*) if [ -f /dev/stdout ]; then echo 'grep: write error: No space left on device' >&2; exit 2; fi ;; esac
exec '${grep}' "$@"
`;

/** The guest finds this program before its own. */
async function stand(name: string, text: (real: string) => string): Promise<void> {
  const path = process.env["PATH"] ?? "";
  const real = path.split(":").map((one) => join(one, name));
  const programs = join(world.guestHome, "programs");
  mkdirSync(programs);
  writeFileSync(join(programs, name), text(real.find((one) => existsSync(one)) ?? ""));
  chmodSync(join(programs, name), 0o755);
  const { configFile } = await world.ctx.target();
  const file = join(dirname(configFile), "sshd_config");
  const set = `SetEnv HOME=${world.guestHome}`;
  world.stopGuest();
  writeFileSync(file, readFileSync(file, "utf8").replace(set, `${set} PATH=${programs}:${path}`));
  await world.startGuest();
}

test("nothing is deleted, and what failed is said", async () => {
  await stand("grep", GREP_WITHOUT_ROOM);
  write(world.at("shop-work"), ".env", "secret\n");
  const error = await refused(cleanBranch(world.ctx, "work", false));
  expect(error.exit).toBe(EXIT.refused);
  expect(error.details.join("\n")).toContain("No space left");
  expect(read(world.at("shop-work"), ".env")).toBe("secret\n");
  expect(await listSaves(world.ctx)).toEqual([]);
});
