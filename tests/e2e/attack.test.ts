// The hostile VM, played with a real one: the agent against the VM's root, and the VM's root against the host.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commitAttacks, impostor } from "./attacks/commits.ts";
import { root, SECRET, SECRET_FILE } from "./attacks/guest.ts";
import { loginKeys } from "./attacks/login-keys.ts";
import { mountAttacks, STALL } from "./attacks/mount.ts";
import { plantedLinks } from "./attacks/planted-links.ts";
import { privilegeAttacks, SUBORDINATE, WRITABLE } from "./attacks/privilege.ts";
import { makeWorld, VM, type World } from "./world.ts";

let world: World;
const current = () => world;

beforeAll(async () => {
  world = await makeWorld();
  const config = join(world.home, ".config/agent-vm");
  await mkdir(config, { recursive: true });
  await writeFile(join(config, "config.yaml"), `mount:\n  stall: ${STALL}\n`);
  const start = await world.agentVm("start", "--yes", "--memory", "2", "--disk", "14");
  expect(start.code, start.all).toBe(0);
  await root(world, `install -o vmadmin -m 0600 /dev/null ${SECRET_FILE}; echo ${SECRET} >${SECRET_FILE}`);
  const push = await world.agentVm("push", "main");
  expect(push.code, push.all).toBe(0);
});

afterAll(async () => {
  await world.agentVm("destroy", "--yes", "--force");
  await world.limactl(["delete", "--force", VM]);
  await world.remove();
});

describe("the agent does not become root, nor read what is vmadmin's", () => {
  it("can write nowhere that root or vmadmin reads or runs from", async () => {
    expect((await world.agent(WRITABLE)).stdout).toBe("");
    await root(world, "chmod o+w /etc/cron.d /etc/ssh/sshd_config");
    const found = await world.agent(WRITABLE);
    await root(world, "chmod o-w /etc/cron.d /etc/ssh/sshd_config");
    expect(found.stdout.split("\n").sort()).toEqual(["/etc/cron.d", "/etc/ssh/sshd_config"]);
  });

  it("may take no ids in its namespaces that are another account's", async () => {
    expect(await root(world, SUBORDINATE)).toBe("");
    await root(world, "cp -p /etc/subuid /root/; echo agent:2000:2 >>/etc/subuid");
    const found = await root(world, SUBORDINATE);
    await root(world, "mv /root/subuid /etc/subuid");
    expect(found).toContain("uid account vmadmin");
  });

  privilegeAttacks(current);
  loginKeys(current);
  plantedLinks(current);
});

describe("the VM's root gets nothing of the host", () => {
  commitAttacks(current);
  mountAttacks(current);
  impostor(current);
});
