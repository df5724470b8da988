// Links that the agent put where provisioning works: run again it must not follow them with root's power. Without the
// guard: the same work done the naive way, by root.
import { expect } from "vitest";
import { attack } from "../../attack/attacks.ts";
import type { World } from "../world.ts";
import { again, root, SECRET, SECRET_FILE, VICTIM } from "./guest.ts";

interface Planted {
  name: string;
  /** As the agent, in its home. */
  plant: string;
  step: string;
  /** As root: what an unguarded step would do. */
  naive: string;
}

const link = (path: string, target: string) =>
  `rm -rf -- ${path}; mkdir -p -- "$(dirname ${path})"; ln -sfn ${target} ${path}`;
const HOME = "/home/agent";

const PLANTED: Planted[] = [
  {
    name: "~/workspace",
    plant: `mv workspace kept-workspace; ${link("workspace", `${VICTIM}/dir`)}`,
    step: "50-accounts",
    naive: `install -d -o agent -g agent -m 0755 ${HOME}/workspace`,
  },
  {
    name: "~/.ssh",
    plant: link(".ssh", `${VICTIM}/dir`),
    step: "81-keys",
    naive: `install -m 0600 -o agent /etc/hostname ${HOME}/.ssh/authorized_keys`,
  },
  {
    name: "~/.bashrc",
    plant: link(".bashrc", `${VICTIM}/file`),
    step: "90-home",
    naive: `echo 'PATH=$PATH:/x' >>${HOME}/.bashrc`,
  },
  {
    name: "~/.config",
    plant: link(".config", `${VICTIM}/dir`),
    step: "90-home",
    naive: `mkdir -p ${HOME}/.config/agent-vm; touch ${HOME}/.config/agent-vm/gitconfig`,
  },
  {
    name: "~/.local/state/agent-vm",
    plant: link(".local/state/agent-vm", `${VICTIM}/dir`),
    step: "90-home",
    naive: `touch ${HOME}/.local/state/agent-vm/home`,
  },
  {
    name: "~/.gitconfig",
    plant: link(".gitconfig", `${VICTIM}/file`),
    step: "90-home",
    naive: `HOME=${HOME} git config --global user.name agent || echo x >>${HOME}/.gitconfig`,
  },
];

/** Owner, mode and content of what the links lead to. */
const look = (world: World) =>
  root(
    world,
    `stat -c '%n %U %G %a' ${VICTIM}/* ${SECRET_FILE} /home/vmadmin; cat ${VICTIM}/file; ls -lA ${VICTIM}/dir`,
  );
const prepare = (world: World) =>
  root(
    world,
    `rm -rf ${VICTIM}; mkdir -p ${VICTIM}/dir; echo 'as it was' >${VICTIM}/file; chmod 0600 ${VICTIM}/file; chmod 0700 ${VICTIM}/dir`,
  );

/** The agent's home as provisioning left it. */
const keep = "cd && tar -cf /tmp/agent-home.tar --exclude=./workspace .";
const putBack = `cd && rm -rf .ssh .bashrc .config .local .gitconfig
if [ -e kept-workspace ]; then rm -f workspace; mv kept-workspace workspace; fi
tar -xf /tmp/agent-home.tar`;

async function played(
  world: World,
  work: () => Promise<unknown>,
  plants: readonly string[],
): Promise<boolean> {
  await prepare(world);
  await world.agent(keep);
  for (const plant of plants) await world.agent(`cd; ${plant}`);
  const before = await look(world);
  await work();
  const after = await look(world);
  await world.agent(putBack);
  return after !== before;
}

/** All but the workspaces' own, which ends the run early, and the state's directory, which is left for the last link. */
const TOGETHER = PLANTED.filter(({ name }) => name !== "~/workspace" && !name.includes("state"));
/** The manifest is compared by provisioning: here it leads to a file of vmadmin's. */
const READING = `mkdir -p .local/state/agent-vm; ${link(".local/state/agent-vm/home", SECRET_FILE)}`;

async function allSteps(world: World): Promise<void> {
  const said = [await again(world, "50-accounts", "80-markers", "81-keys", "85-profile", "90-home")];
  for (const command of [["doctor"], ["upgrade", "agents"]]) said.push((await world.agentVm(...command)).all);
  expect(said.join("\n")).not.toContain(SECRET);
}

export function plantedLinks(world: () => World): void {
  const guard = "root writes nothing below the agent's home";
  const apart = PLANTED.filter(({ name }) =>
    ["~/workspace", "~/.ssh", "~/.local/state/agent-vm"].includes(name),
  );
  for (const { name, plant, step, naive } of apart) {
    attack(`provisioning again over a link at ${name}`, {
      guard,
      play: (guarded) =>
        played(world(), () => (guarded ? again(world(), step) : root(world(), naive)), [plant]),
    });
  }

  attack(`start, doctor and upgrade over links at ${TOGETHER.map(({ name }) => name).join(", ")}`, {
    guard,
    play: async (guarded) => {
      const naive = TOGETHER.map((one) => one.naive).join("\n");
      const work = () => (guarded ? allSteps(world()) : root(world(), naive));
      const fired = await played(world(), work, [...TOGETHER.map(({ plant }) => plant), READING]);
      const start = await world().agentVm("start");
      expect(start.code, start.all).toBe(0);
      return fired;
    },
  });
}
