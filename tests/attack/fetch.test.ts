// Work comes home from a guest whose repository, git server and shell lie: nothing runs on the host, no reference moves
// that was not asked for, and nothing is asked of another machine.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { git as pinnedGit } from "../../src/adapters/git.ts";
import { commit, git, write } from "../integration/guest.ts";
import { fetch, scene, setStage } from "./fetch-scene.ts";
import { type Ground, type Omitted, without } from "./git-host.ts";

setStage();

const HUSKY = ["config", "core.hooksPath", ".husky"];
const plantHook = (name: string) => (ground: Ground) => {
  git(ground.repo, ...HUSKY);
  write(ground.at, `.husky/${name}`, `#!/bin/sh\ntouch '${ground.canary}'\n`);
  chmodSync(join(ground.at, ".husky", name), 0o755);
  // One commit more, so that the hook lies there when the branch moves.
  commit(ground.at, { [`.husky/${name}`]: `#!/bin/sh\ntouch '${ground.canary}'\n` }, "tools");
};

scene("a hook in the tree, while it comes", {
  guard: "no git pull",
  plant: plantHook("post-merge"),
  off: ({ naive, url }) => naive("pull", "-q", url, "work"),
});

for (const name of ["reference-transaction", "post-index-change"]) {
  scene(`a ${name} hook in the tree`, {
    guard: "core.hooksPath",
    plant: plantHook(name),
    off: { args: ["core.hooksPath=/dev/null"] },
  });
}

scene("a hook in the tree, at the user's next commit", {
  guard: "customs",
  plant: plantHook("pre-commit"),
  off: async ({ ctx, naive }) => {
    await fetch(ctx);
    naive("commit", "-q", "--allow-empty", "-m", "mine");
  },
  on: async ({ ctx, naive }) => {
    try {
      await fetch(ctx, { acceptRisk: false });
    } finally {
      naive("commit", "-q", "--allow-empty", "-m", "mine");
    }
  },
  refused: /AUTO \.husky\/pre-commit/,
});

scene("tags that come along", {
  guard: "--no-tags",
  plant: ({ at }) => {
    commit(at, { "a.txt": "1\n" });
    git(at, "tag", "v9.9.9-evil");
  },
  off: { args: ["--no-tags"] },
  fired: ({ repo }) => git(repo, "tag") !== "",
});

const onHost = ({ repo }: Ground) => {
  commit(repo, { "mine.txt": "1\n" }, "mine");
  git(repo, "checkout", "-q", "main");
};

scene("a forced reference that drops the host's commit", {
  guard: "forward only",
  plant: (ground) => {
    commit(ground.at, { "a.txt": "1\n" });
    onHost(ground);
  },
  off: ({ naive, url }) => naive("fetch", "-q", url, "+work:work"),
  refused: /diverged/,
  fired: ({ repo }) => git(repo, "log", "-1", "--format=%s", "work") !== "mine",
});

/** Every reference that is not a copy of this workspace's. */
const foreign = ({ repo, ws }: Ground) =>
  git(repo, "for-each-ref", "--format=%(refname) %(objectname)")
    .split("\n")
    .filter((line) => !line.startsWith(`refs/agent-vm/${ws}/`) && !line.startsWith("refs/heads/work "))
    .join("\n");

scene("references that nobody asked for", {
  guard: "named references",
  plant: (ground) => {
    const tip = commit(ground.at, { "a.txt": "1\n" });
    const main = git(ground.repo, "rev-parse", "main");
    const names = [
      "refs/heads/work",
      "refs/heads/main",
      `refs/replace/${main}`,
      "refs/agent-vm/other-work/heads/main",
      "refs/heads/../../pwned",
      "refs/heads/-delete",
      "refs/heads/esc\x1b[31m",
      "refs/heads/$(touch pwned)",
      "refs/tags/evil",
      "HEAD",
    ];
    ground.serves({ refs: names.map((name) => [tip, name] as const) });
  },
  off: ({ naive, url }) => naive("fetch", "-q", "--update-head-ok", url, "+refs/*:refs/*"),
  on: ({ ctx }) => fetch(ctx, { all: true }),
  fired: (ground) => {
    const branch = /^refs\/heads\/main [0-9a-f]+$/;
    return !branch.test(foreign(ground)) || git(ground.repo, "log", "-1", "--format=%s", "main") !== "first";
  },
});

scene("an answer for $HOME that leads to another machine", {
  guard: "nothing of the VM's in an address",
  plant: ({ at, ws, canary, livesAt, ctx }) => {
    commit(at, { "a.txt": "1\n" });
    livesAt(`.${ws}.test/x`);
    return ctx.target().then(({ configFile }) => {
      appendFileSync(configFile, `Host *.${ws}.test\n  ProxyCommand touch ${canary}\n`);
    });
  },
  off: async ({ ctx, naive, ws }) => {
    const { configFile, alias } = await ctx.target();
    const { stdout } = spawnSync("ssh", ["-F", configFile, alias, "echo $HOME"], { encoding: "utf8" });
    naive("fetch", `ssh://${alias}${stdout.trim()}/workspace/${ws}`, "work");
  },
});

const TRUSTING = '[protocol "ext"]\n\tallow = always\n[protocol "file"]\n\tallow = always\n';
const trust = ({ home }: Ground, more = "") => appendFileSync(join(home, ".gitconfig"), TRUSTING + more);
const program = ({ canary }: Ground) => `ext::touch ${canary}`;
const ask = ({ ctx, repo }: Ground, env: Omitted["env"] = [], address = "") =>
  pinnedGit(without(ctx, { env }), repo, ["ls-remote", address], { ok: "any" });

scene("an ext address, for a user who allows it", {
  guard: "GIT_ALLOW_PROTOCOL",
  plant: (ground) => trust(ground),
  off: (ground) => ask(ground, ["GIT_ALLOW_PROTOCOL"], program(ground)),
  on: (ground) => ask(ground, [], program(ground)),
});

scene("a file address, for a user who allows it", {
  guard: "GIT_ALLOW_PROTOCOL",
  plant: (ground) => trust(ground),
  off: async (ground) => {
    const { stdout } = await ask(ground, ["GIT_ALLOW_PROTOCOL"], ground.at);
    if (stdout !== "") writeFileSync(ground.canary, "");
  },
  on: async (ground) => {
    const { stdout } = await ask(ground, [], ground.at);
    if (stdout !== "") writeFileSync(ground.canary, "");
  },
});

scene("a submodule whose address is a program", {
  guard: "no submodule is followed",
  plant: (ground) => {
    trust(ground, "[submodule]\n\tactive = .\n\trecurse = true\n[fetch]\n\trecurseSubmodules = true\n");
    const { at } = ground;
    const tip = git(at, "rev-parse", "HEAD");
    git(at, "update-index", "--add", "--cacheinfo", `160000,${tip},sub`);
    const address = `[submodule "sub"]\n\tpath = sub\n\turl = "${program(ground)}"\n`;
    commit(at, { ".gitmodules": address });
  },
  off: ({ naive, url }) => naive("pull", "-q", url, "work"),
});

let asked = 0;
const listener = createServer((_request, response) => {
  asked += 1;
  response.writeHead(404).end();
});
beforeAll(async () => {
  await once(listener.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => void listener.close());
const elsewhere = () => `http://127.0.0.1:${(listener.address() as AddressInfo).port}/internal`;

scene("a pack that is to be got from a server of the host's network", {
  guard: "GIT_ALLOW_PROTOCOL",
  plant: ({ repo, at, serves }) => {
    asked = 0;
    git(repo, "config", "fetch.uriProtocols", "http,https");
    commit(at, { "a.txt": "1\n" });
    serves({ elsewhere: elsewhere() });
  },
  off: { env: ["GIT_ALLOW_PROTOCOL"] },
  refused: /did not go through/,
  fired: () => asked > 0,
});

/** As git-lfs does it: the address of the tree's own file gets the user's credentials. */
const LFS = (canary: string) => `#!/bin/sh
if [ "$GIT_LFS_SKIP_SMUDGE" = 1 ]; then exec cat; fi
printf 'url=%s\\n\\n' "$(git config -f .lfsconfig lfs.url)" | git credential fill >'${canary}'
cat
`;

scene("credentials for an LFS server that the tree names", {
  guard: "no pointer without its content",
  plant: ({ repo, at, home, canary }) => {
    const lfs = join(home, "lfs");
    writeFileSync(lfs, LFS(canary), { mode: 0o755 });
    git(repo, "config", "filter.lfs.smudge", lfs);
    git(repo, "config", "filter.lfs.clean", "cat");
    git(repo, "config", "credential.helper", "!printf 'username=u\\npassword=p\\n'; :");
    commit(at, {
      ".gitattributes": "*.bin filter=lfs\n",
      ".lfsconfig": "[lfs]\n\turl = http://127.0.0.1:1/evil\n",
      "x.bin": "version https://git-lfs.github.com/spec/v1\n",
    });
  },
  off: ({ naive, url }) => naive("pull", "-q", url, "work"),
  refused: /Git LFS/,
});
