// The VM's root plants what the host's programs trip over in the mount, and lets its file server fall silent. Without the
// guard: the same directory by plain sshfs.
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { attack } from "../../attack/attacks.ts";
import { VM, type World } from "../world.ts";
import { root, SECRET } from "./guest.ts";
import { does, plainly, withLinks } from "./host-side.ts";

/** The setting of the world under attack, in seconds: as short as it may be. */
export const STALL = 4;
const WORKSPACE = "/home/agent/workspace";

const canaryOf = (world: World) => join(world.home, "canary");
async function fired(world: World): Promise<boolean> {
  const made = existsSync(canaryOf(world));
  await rm(canaryOf(world), { force: true });
  return made;
}

/** Plays in the product's mount, or in a plain one. */
const inMount =
  (world: () => World, options: () => Promise<string>, work: (at: string) => Promise<boolean>) =>
  async (guarded: boolean): Promise<boolean> =>
    guarded ? work(world().mountpoint) : plainly(world(), await options(), work);

const asUser = async () => "idmap=user";

function gitAttacks(world: () => World): void {
  const trap = (
    repository: string,
  ) => `cd ${WORKSPACE} && rm -rf trap && git init -q trap && cd trap && echo 1 >a && git add a &&
git -c user.name=x -c user.email=x@x.invalid commit -q -m x && git config core.fsmonitor 'touch ${canaryOf(world())}; false' &&
git config core.pager 'touch ${canaryOf(world())}; cat' ${repository}`;
  const cases = [
    { name: "a repository", more: "", guard: "no .git is shown, a stranger owns all", at: "trap" },
    {
      name: "a bare repository",
      more: "&& mv .git bare && git --git-dir bare config core.worktree .. && git --git-dir bare config core.bare false",
      guard: "a stranger owns it",
      at: "trap/bare",
    },
  ];
  for (const { name, more, guard, at } of cases) {
    attack(`${name} in the mount whose configuration runs a program`, {
      guard,
      play: async (guarded) => {
        const planted = await world().agent(trap(more));
        expect(planted.code, planted.all).toBe(0);
        return inMount(world, asUser, async (mount) => {
          for (const verb of ["status", "diff", "log -1"])
            await does(world(), `cd ${mount}/${at} && git ${verb}`);
          return fired(world());
        })(guarded);
      },
    });
  }
}

function linkAttacks(world: () => World): void {
  attack("a link to a file of the host is read", {
    guard: "links that lead out are refused",
    play: async (guarded) => {
      const secret = join(world().home, "secret");
      await writeFile(secret, SECRET);
      const up = "../".repeat(16);
      await root(
        world(),
        `cd ${WORKSPACE}; ln -sfn ${secret} link; ln -sfn ${up}${secret.slice(1)} far; ln -sfn / all`,
      );
      return inMount(world, withLinks, async (at) => {
        const done = await does(world(), `cat ${at}/link ${at}/far ${at}/all${secret}`);
        return done.text.includes(SECRET);
      })(guarded);
    },
  });
  attack("a link makes the host's editor write elsewhere", {
    guard: "links that lead out are refused",
    play: async (guarded) => {
      await root(world(), `ln -sfn ${canaryOf(world())} ${WORKSPACE}/notes`);
      return inMount(world, withLinks, async (at) => {
        await does(world(), `echo saved >${at}/notes`);
        return fired(world());
      })(guarded);
    },
  });
}

function fileAttacks(world: () => World): void {
  attack("a pipe holds whoever reads it", {
    guard: "no such file is in the mount",
    play: async (guarded) => {
      await root(
        world(),
        `cd ${WORKSPACE}; rm -f pipe; mkfifo -m 0666 pipe; mknod -m 0666 disk b 1 0 || true`,
      );
      return inMount(world, asUser, async (at) => (await does(world(), `cat ${at}/pipe`, 8)).hung)(guarded);
    },
  });
  attack("a set-uid program of root's", {
    guard: "the bits are cleared",
    play: async (guarded) => {
      await root(world(), `install -m 6755 /usr/bin/env ${WORKSPACE}/handy`);
      return inMount(world, asUser, async (at) => {
        const done = await does(world(), `test -u ${at}/handy -o -g ${at}/handy`);
        return done.code === 0;
      })(guarded);
    },
  });
}

/** Stops every file server of the guest, plays, and lets them go on. */
async function silent(world: World, work: () => Promise<boolean>): Promise<boolean> {
  await root(world, "pkill -STOP sftp-server");
  try {
    return await work();
  } finally {
    await root(world, "pkill -CONT sftp-server || true");
  }
}

/** The VM stands still, as after a crash of it or of its network; root is not to be asked meanwhile. */
async function frozen(world: World, work: () => Promise<boolean>): Promise<boolean> {
  const pid = Number(await readFile(join(world.limaHome, VM, "qemu.pid"), "utf8"));
  process.kill(pid, "SIGSTOP");
  try {
    return await work();
  } finally {
    process.kill(pid, "SIGCONT");
  }
}

function deathAttacks(world: () => World): void {
  attack("a file server that falls silent holds the host's programs", {
    guard: "mount.stall",
    play: inMount(world, asUser, async (at) => {
      const ls = () => does(world(), `ls -l ${at}/`, STALL + 10);
      return silent(world(), async () => (await ls()).hung);
    }),
  });
  attack("a dead VM keeps its mount, with a program waiting in it", {
    guard: "unmount, within 5 s",
    play: async (guarded) => {
      if (guarded) await world().agentVm("mount");
      return inMount(world, asUser, (at) =>
        frozen(world(), async () => {
          const reader = does(world(), `ls -l ${at}/`, 12);
          await new Promise((resolve) => setTimeout(resolve, 300));
          const since = Date.now();
          if (guarded) await world().agentVm("unmount");
          else await does(world(), `umount ${at}`, 5);
          const quick = Date.now() - since < 5000;
          const table = await readFile("/proc/self/mounts", "utf8");
          const gone = !table.includes(` ${at.replaceAll(" ", "\\040")} `);
          await reader;
          return !(quick && gone);
        }),
      )(guarded);
    },
  });
}

export function mountAttacks(world: () => World): void {
  gitAttacks(world);
  linkAttacks(world);
  fileAttacks(world);
  deathAttacks(world);
}
