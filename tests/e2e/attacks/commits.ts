// What a hostile guest sends home: commits with hooks, subjects with control sequences, and itself in another's place.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import { attack } from "../../attack/attacks.ts";
import { VM, type World } from "../world.ts";
import { does } from "./host-side.ts";

/** ESC, BEL, and CSI and OSC of one byte. */
const CONTROL = ["\u001b", "\u0007", "\u009b", "\u009d"];
const controls = (text: string): boolean => CONTROL.some((one) => text.includes(one));
const config = (world: World) => join(world.state, "ssh_config");
const workspaceOf = async (world: World) => {
  const { stdout } = await world.agent("ls -d workspace/*-main*");
  expect(stdout).toMatch(/^workspace\/\S+$/);
  return stdout;
};

/** As the agent: a commit with a hook of each kind that git runs by itself when it fetches, merges or checks out. */
const hostile = (
  at: string,
  canary: string,
) => `cd ${at} && mkdir -p .husky && for hook in post-merge post-checkout reference-transaction post-index-change; do
printf '#!/bin/sh\\ntouch ${canary}\\n' >.husky/$hook; chmod 755 .husky/$hook; done
git add -A && git -c user.name=x -c user.email=x@x.invalid commit -q --allow-empty -m "$(printf 'fix \\033]0;owned\\007\\033[2J\\033]52;c;ZXZpbA==\\007 \\302\\2331m')"`;

export function commitAttacks(world: () => World): void {
  attack("hooks in a commit, on a host whose core.hooksPath is .husky", {
    guard: "fetch asks, and runs no hook",
    play: async (guarded) => {
      const canary = join(world().home, "canary-hook");
      await rm(canary, { force: true });
      const at = await workspaceOf(world());
      await world().agent(hostile(at, canary));
      if (!guarded) {
        const copy = await mkdtemp(join(tmpdir(), "avm-copy-"));
        const ssh = `GIT_SSH_COMMAND='ssh -F ${config(world())}'`;
        const pull = `${ssh} git pull -q ssh://${VM}/~/${at} main`;
        await does(
          world(),
          `git clone -q '${world().repo}' ${copy} && cd ${copy} && git config core.hooksPath .husky && ${pull}`,
        );
        await rm(copy, { recursive: true });
        return existsSync(canary);
      }
      await world().git("config", "core.hooksPath", ".husky");
      const before = await world().git("rev-parse", "main");
      const refused = await world().agentVm("fetch", "main");
      expect(refused.code, refused.all).toBe(4);
      expect(refused.all).toContain(".husky/post-merge");
      expect(await world().git("rev-parse", "main")).toBe(before);
      const taken = await world().agentVm("fetch", "main", "--accept-risk");
      expect(taken.code, taken.all).toBe(0);
      await world().git("config", "--unset", "core.hooksPath");
      return existsSync(canary);
    },
  });

  attack("control sequences in a subject", {
    guard: "every printed line is cleaned",
    play: async (guarded) => {
      const at = await workspaceOf(world());
      await world().agent(hostile(at, "/dev/null"));
      if (!guarded) return controls((await world().agent(`git -C ${at} log -1`)).stdout);
      const said = await Promise.all(
        [["log", "main"], ["status"], ["diff", "main"], ["fetch", "main"]].map((words) =>
          world().agentVm(...words),
        ),
      );
      expect(said[0]?.stdout).toContain("fix ");
      return said.some(({ stdout, stderr }) => controls(stdout + stderr));
    },
  });
}

/** Last of all: after it only the VM's own administrator, without the pin, can mend it. */
export function impostor(world: () => World): void {
  attack("another machine answers in the VM's place", {
    guard: "the pinned host key",
    play: async (guarded) => {
      const anyKey = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
      const as = (alias: string, script: string) =>
        execa("ssh", ["-F", config(world()), "-S", "none", ...anyKey, alias, script], {
          reject: false,
          input: "",
        });
      const keys = "/etc/ssh/ssh_host_*_key*";
      const other = `sudo -n sh -c 'mkdir /root/keys && mv ${keys} /root/keys/ && ssh-keygen -q -A && systemctl restart ssh'`;
      await as(`${VM}-admin`, other);
      for (const alias of [VM, `${VM}-admin`]) {
        await execa("ssh", ["-F", config(world()), "-O", "exit", alias], { reject: false });
      }
      try {
        if (!guarded) return (await as(VM, "true")).exitCode === 0;
        const answer = await world().agentVm("connect", "main", "--", "echo", "in");
        expect(answer.all).toMatch(/host key/i);
        expect(answer.all).toContain("→");
        return answer.code === 0 || answer.stdout.includes("in\n");
      } finally {
        await as(
          `${VM}-admin`,
          `sudo -n sh -c 'rm ${keys} && mv /root/keys/* /etc/ssh/ && rmdir /root/keys && systemctl restart ssh'`,
        );
      }
    },
  });
}
