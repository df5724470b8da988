// The mountpoint's directory: closed to root by an attribute that chattr sets on the directory itself.
import { lstatSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openGround } from "../../../../src/domain/mount/mountpoint.ts";
import { parseVmName, pathsFor } from "../../../../src/domain/paths.ts";
import type { Run } from "../../../../src/io/run.ts";

test.runIf(process.platform === "linux")("chattr gets the directory, not a link to it", async () => {
  const home = mkdtempSync(join(tmpdir(), "av-unit-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const paths = pathsFor(parseVmName("agent-vm-test"), { uid: 0, env: { HOME: home } });
  const changed: { what: string | undefined; isDirectory: boolean; same: boolean }[] = [];
  const run = (async (argv: readonly string[]) => {
    const found = lstatSync(argv.at(-1) ?? "");
    const same = found.ino === statSync(paths.mountpoint).ino;
    changed.push({ what: argv[1], isDirectory: found.isDirectory(), same });
    return { code: 0, stdout: "", stderr: "" };
  }) as unknown as Run;
  const ground = await openGround({ run, uid: 0, platform: "linux", paths });
  expect(await ground.close()).toBe(true);
  expect(changed).toEqual([
    { what: "-i", isDirectory: true, same: true },
    { what: "+i", isDirectory: true, same: true },
  ]);
  expect(statSync(paths.mountpoint).mode & 0o777).toBe(0o500);
});
