// A guest that makes its host lose the mount: by silence before the first word, by breaking the protocol time after
// time, by going while an editor saves.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { ensureMounted } from "../../src/domain/mount/mount.ts";
import { closedFile, removeClosed } from "../../src/domain/mount/wish.ts";
import { attack } from "./attacks.ts";
import { changed, createHost, type Host, removeBuilt } from "./host.ts";

afterAll(removeBuilt);

const until = async (condition: () => boolean, seconds = 20): Promise<void> => {
  for (const end = Date.now() + seconds * 1000; !condition() && Date.now() < end; )
    await new Promise((done) => setTimeout(done, 100));
};

/** The guest comes back with another file server: one that says nothing, not even its greeting. */
async function fallSilent({ guest }: Host): Promise<void> {
  const config = join(dirname(guest.target.configFile), "sshd_config");
  guest.stop();
  writeFileSync(
    config,
    readFileSync(config, "utf8").replace(/Subsystem sftp .*/, "Subsystem sftp /bin/sleep 1000"),
  );
  await guest.start();
}

attack("a file server that never greets holds a program", {
  guard: "a greeting has a time limit",
  play: async (guarded) => {
    // The longest limit stands for none.
    const host = await createHost(undefined, { stall: guarded ? 2 : 600 });
    try {
      await host.mount();
      await fallSilent(host);
      // The first may only learn that the old connection is lost.
      return [1, 2].some(
        (turn) => host.does(`ls "$view/not-cached-${turn}"`, guarded ? 40 : 10).status === null,
      );
    } finally {
      await host.remove();
    }
  },
});

attack("each new mount meets the same breach", {
  guard: "a breach closes the mount for good",
  play: async (guarded) => {
    const host = await createHost({ trick: "unsolicited", after: 12 });
    try {
      const breaches = () => host.mountLog().split("broke the file protocol").length - 1;
      // What `connect` and `start` do.
      const command = () => ensureMounted(host.context, host.guest.target).catch(() => undefined);
      for (const turn of [1, 2, 3]) {
        if (!guarded) await removeClosed(host.context.paths);
        await command();
        for (let tries = 0; host.isMounted() && tries < 40; tries++)
          host.does('ls -l "$view"; touch "$view/x"', 5);
        await until(() => !host.isMounted() && existsSync(closedFile(host.context.paths)));
        if (turn === 1 && breaches() !== 1) throw new Error("the first breach was none");
      }
      return breaches() > 1;
    } finally {
      await host.remove();
    }
  },
});

attack("an edit is lost beneath a mount that went", {
  guard: "the mountpoint is closed beneath",
  play: async (guarded) => {
    const host = await createHost();
    try {
      mkdirSync(host.view, { recursive: true });
      if (guarded) await host.mount();
      else await host.mountPlain(changed([]));
      host.guest.stop();
      spawnSync("fusermount3", ["-u", host.view]);
      await until(() => !host.isMounted());
      host.does('echo work > "$view/edited"');
      return existsSync(join(host.view, "edited"));
    } finally {
      await host.remove();
    }
  },
});
