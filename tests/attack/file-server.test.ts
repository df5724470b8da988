// A guest whose file server lies: links out of the mount, odd files and names, silence, floods.

import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { attack } from "./attacks.ts";
import { changed, createHost, type Host, removeBuilt, type Trick } from "./host.ts";

afterAll(removeBuilt);

interface Plan {
  trick?: Trick;
  settings?: Record<string, unknown>;
  /** What the mount without the guard has else. */
  plain?: (options: readonly string[]) => string[];
  plant?: (host: Host) => void;
  succeeds: (host: Host, guarded: boolean) => boolean | Promise<boolean>;
}

const play =
  ({ trick, settings, plain = changed([]), plant, succeeds }: Plan) =>
  async (guarded: boolean): Promise<boolean> => {
    const host = await createHost(trick, settings);
    try {
      plant?.(host);
      if (guarded) await host.mount();
      else await host.mountPlain(plain);
      return await succeeds(host, guarded);
    } finally {
      await host.remove();
    }
  };

/** An sshfs that knows no contain_symlinks. */
const older = changed(["contain_symlinks"], ["no_contain_symlinks"]);
const LINKS = "links stay inside";
const readsSecret = ({ does }: Host, path: string) =>
  does(`cat "$view/${path}"`).stdout.includes("the host's secret");

attack("a link to a file of the host is read", {
  guard: LINKS,
  play: play({
    plain: older,
    plant: ({ workspace, secret }) => symlinkSync(secret, join(workspace, "l")),
    succeeds: (host) => readsSecret(host, "l"),
  }),
});

attack("a link far upwards is read", {
  guard: LINKS,
  play: play({
    plain: older,
    plant: ({ workspace, secret }) =>
      symlinkSync(`${"../".repeat(20)}${secret.slice(1)}`, join(workspace, "l")),
    succeeds: (host) => readsSecret(host, "l"),
  }),
});

attack("a linked directory is walked into", {
  guard: LINKS,
  play: play({
    plain: older,
    plant: ({ workspace, home }) => symlinkSync(home, join(workspace, "d")),
    succeeds: (host) => readsSecret(host, "d/secret"),
  }),
});

attack("a file is made through a link to none", {
  guard: LINKS,
  play: play({
    plain: older,
    plant: ({ workspace, home }) => symlinkSync(join(home, "planted"), join(workspace, "l")),
    succeeds: ({ does, home }) => {
      does('echo x > "$view/l"');
      return existsSync(join(home, "planted"));
    },
  }),
});

attack("a file of the host is overwritten through a link", {
  guard: LINKS,
  play: play({
    plain: older,
    plant: ({ workspace, secret }) => symlinkSync(secret, join(workspace, "l")),
    succeeds: ({ does, secret }) => {
      does('echo overwritten > "$view/l"');
      return readFileSync(secret, "utf8").includes("overwritten");
    },
  }),
});

attack("a link goes up behind another link", {
  guard: LINKS,
  play: play({
    plain: older,
    plant: ({ workspace, secret }) => {
      mkdirSync(join(workspace, "a/b/c"), { recursive: true });
      // "a/b/c/root" is the mount's root, so ".." behind it leaves the mount, though it looks like a/b/c.
      symlinkSync("../../..", join(workspace, "a/b/c/root"));
      symlinkSync(`a/b/c/root/${"../".repeat(20)}${secret.slice(1)}`, join(workspace, "l"));
    },
    succeeds: (host) => readsSecret(host, "l"),
  }),
});

attack("a server answers another target than the link has", {
  guard: LINKS,
  play: async (guarded) => {
    // The secret's place is known only when the host is there.
    const trick = { trick: "link", target: "/etc/hostname" };
    const { stdout } = { stdout: execFileSync("cat", ["/etc/hostname"], { encoding: "utf8" }) };
    return play({
      trick,
      plain: older,
      plant: ({ workspace }) => symlinkSync("harmless", join(workspace, "l")),
      succeeds: ({ does }) => does('cat "$view/l"').stdout === stdout,
    })(guarded);
  },
});

attack("a server answers another target, and a file is written through it", {
  guard: LINKS,
  play: async (guarded) => {
    const place = mkdtempSync(join(tmpdir(), "elsewhere-"));
    try {
      return await play({
        trick: { trick: "link", target: join(place, "planted") },
        plain: older,
        plant: ({ workspace }) => symlinkSync("harmless", join(workspace, "l")),
        succeeds: ({ does }) => {
          does('echo x > "$view/l"');
          return existsSync(join(place, "planted"));
        },
      })(guarded);
    } finally {
      rmSync(place, { recursive: true });
    }
  },
});

attack("a link leads to git's directory", {
  guard: ".git is hidden",
  play: play({
    plant: ({ workspace }) => {
      mkdirSync(join(workspace, ".git"));
      writeFileSync(join(workspace, ".git/config"), "planted");
      symlinkSync(".git/config", join(workspace, "l"));
    },
    succeeds: ({ does }) => does('cat "$view/l"').stdout === "planted",
  }),
});

attack("the older sshfs is mounted with at all", {
  guard: "contain_symlinks is required",
  play: async (guarded) => {
    const { mountOptions } = await import("../../src/domain/mount/options.ts");
    try {
      mountOptions({ uid: 1000, containSymlinks: !guarded, readOnly: false });
      return true;
    } catch {
      return false;
    }
  },
});

const SPECIAL = "only files, directories and links";
for (const [name, mode, letter] of [
  ["a device", 0o020666, "c"],
  ["a disk", 0o060666, "b"],
  ["a pipe", 0o010666, "p"],
  ["a socket", 0o140666, "s"],
] as const) {
  attack(`${name} is in the mount`, {
    guard: SPECIAL,
    play: play({
      trick: { trick: "mode", mode },
      plant: ({ workspace }) => writeFileSync(join(workspace, "f"), "x"),
      succeeds: ({ does }) => does('ls -l "$view"').stdout.includes(`\n${letter}`),
    }),
  });
}

attack("a program with the owner's rights is in the mount", {
  guard: "special mode bits are taken away",
  play: play({
    trick: { trick: "mode", mode: 0o106755 },
    plant: ({ workspace }) => writeFileSync(join(workspace, "f"), "x"),
    succeeds: ({ view }) => (statSync(join(view, "f")).mode & 0o7000) !== 0,
  }),
});

attack("a server tells a name with a way out", {
  guard: "names are file names",
  play: play({
    trick: { trick: "name", name: "../../planted" },
    plant: ({ workspace }) => writeFileSync(join(workspace, "f"), "x"),
    succeeds: ({ does }) => does('ls -A "$view"').status !== 0,
  }),
});

/** When one of the workspace's files is asked for: the mount is there by then. */
const FILES = "workspace/f";

/** Seconds: without the guard it takes for ever, and with it as long as the machine needs. */
const patience = (guarded: boolean) => (guarded ? 60 : 12);

const STALL = "an unanswered request ends the connection";
attack("a server falls silent and holds who looks", {
  guard: STALL,
  play: play({
    trick: { trick: "silent", from: FILES },
    settings: { stall: 2 },
    plant: ({ workspace }) => {
      for (let count = 0; count < 60; count += 1) writeFileSync(join(workspace, `f${count}`), "x");
    },
    succeeds: ({ does }, guarded) =>
      does('for f in "$view"/*; do cat "$f" || break; done', patience(guarded)).status === null,
  }),
});

attack("a server drips its answer", {
  guard: STALL,
  play: play({
    trick: { trick: "drip", from: FILES },
    settings: { stall: 2 },
    plant: ({ workspace }) => {
      for (let count = 0; count < 60; count += 1) writeFileSync(join(workspace, `f${count}`), "x");
    },
    succeeds: ({ does }, guarded) =>
      does('for f in "$view"/*; do cat "$f" || break; done', patience(guarded)).status === null,
  }),
});

const ENDED = "a breach of protocol takes the mount away";
attack("a directory has no end", {
  guard: "a directory has an end",
  play: play({
    trick: { trick: "endless" },
    succeeds: ({ does, isMounted }, guarded) => {
      const { status } = does('ls "$view" > /dev/null', patience(guarded));
      return status === null || (status === 0 && isMounted());
    },
  }),
});

attack("a directory without names has no end", {
  guard: ENDED,
  play: play({
    trick: { trick: "empty" },
    succeeds: ({ does }, guarded) => does('ls "$view"', patience(guarded)).status === null,
  }),
});

attack("a directory tells a name now and then, each in time", {
  guard: "a listing has a time limit",
  play: play({
    trick: { trick: "slow", pause: 700 },
    settings: { stall: 2 },
    succeeds: ({ does }, guarded) => does('ls "$view"', patience(guarded)).status === null,
  }),
});

for (const [name, trick] of [
  ["answers that nobody asked for", "unsolicited"],
  ["a packet of two gigabytes", "oversize"],
  ["more bytes than were asked for", "long"],
  ["bytes that are no protocol", "garbage"],
] as const) {
  attack(`${name}: the mount stays`, {
    guard: ENDED,
    play: play({
      trick: { trick, from: FILES },
      plant: ({ workspace }) => writeFileSync(join(workspace, "f"), "x"),
      succeeds: async ({ does, isMounted }, guarded) => {
        does('cat "$view/f"', 6);
        for (const end = Date.now() + (guarded ? 15_000 : 1000); isMounted() && Date.now() < end; )
          await new Promise((done) => setTimeout(done, 100));
        return isMounted();
      },
    }),
  });
}

test("a breach leaves a line in the log, a closed mountpoint and no process, and a new mount begins afresh", async () => {
  const host = await createHost({ trick: "unsolicited", from: FILES });
  try {
    await host.mount();
    expect(host.does('ls -l "$view/f"').status).not.toBe(null);
    await expect.poll(() => host.isMounted(), { timeout: 20_000 }).toBe(false);
    expect(host.mountLog()).toMatch(
      /guard: the VM broke the file protocol \(an answer that nobody asked for\)/,
    );
    expect(host.does('echo lost > "$view/lost"').status).not.toBe(0);
    await expect
      .poll(() => host.does(`ps -A -o args= | grep -F "${host.view}" | grep -v grep`).stdout, {
        timeout: 20_000,
      })
      .toBe("");
    await host.mount();
    expect(host.isMounted()).toBe(true);
  } finally {
    await host.remove();
  }
});
