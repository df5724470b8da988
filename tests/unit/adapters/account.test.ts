// The account that runs limactl and QEMU.
import { expect, test } from "vitest";
import { accountArgv } from "../../../src/adapters/account.ts";

const env = { PATH: "/usr/bin", HOME: "/var/lib/agent-vm" };

test("an ordinary user is that account, with the given environment alone", () => {
  expect(accountArgv(1000, ["limactl", "list"], env)).toEqual([
    ...["env", "-i", "PATH=/usr/bin", "HOME=/var/lib/agent-vm", "limactl", "list"],
  ]);
});

test("root becomes the system account and can gain nothing back", () => {
  const argv = accountArgv(0, ["limactl"], env);
  expect(argv.slice(0, 6)).toEqual([
    ...["setpriv", "--reuid", "agent-vm", "--regid", "agent-vm", "--init-groups"],
  ]);
  expect(argv).toContain("--no-new-privs");
  expect(argv.slice(-3)).toEqual(["PATH=/usr/bin", "HOME=/var/lib/agent-vm", "limactl"]);
});
