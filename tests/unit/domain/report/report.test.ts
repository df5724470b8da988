// A report from a host on which every source holds secrets and names: none of them is in it.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { redact } from "../../../../src/domain/report/redact.ts";
import { assemble, makeReport, report } from "../../../../src/domain/report/report.ts";
import { type Known, standInsFor } from "../../../../src/domain/report/stand-ins.ts";
import { EXIT } from "../../../../src/errors.ts";
import { ROOT } from "../../sources.ts";
import { contextIn, git, newHome } from "../workspace/a-host.ts";

const KEY_LINES = [
  "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW",
  "QyNTUxOQAAACAcanary",
];
/** Split, so that no scan takes this file for a leak. */
const PEM = [
  "-----BEGIN OPENSSH PRIVATE",
  " KEY-----\n",
  KEY_LINES.join("\n"),
  "\n-----END OPENSSH PRIVATE",
  " KEY-----",
].join("");
/** What → how it may be met in a text. None of it may be in a report. */
const SECRETS: Record<string, string> = {
  "a key of the environment": "canary-env-0123456789",
  "a listed variable that is no key": "canary-project-7",
  "a variable that is a key by its name": "canary-mycorp-987654",
  "a value of the settings": "canary-setting-55555",
  "a value that the settings take of this host": "canary-login-4711",
  "the proxy's password": "canary-proxy-pw",
  "a GitHub token": `ghp_${"Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2"}`,
  "Google's refresh token": "1//canary-google-refresh",
};
const NAMES = {
  user: "cornelius",
  repo: "topsecretproduct",
  branch: "feature/unannounced-thing",
  dir: "topsecretproduct-feature.0123456789ab",
};

let home: string;
let ctx: Context;
beforeEach(() => {
  home = newHome();
  const base = contextIn(home);
  const shop = join(home, "clients", NAMES.repo);
  git("/", "init", "-q", shop);
  const env = {
    ...base.env,
    USER: NAMES.user,
    ANTHROPIC_API_KEY: SECRETS["a key of the environment"],
    ANTHROPIC_VERTEX_PROJECT_ID: SECRETS["a listed variable that is no key"],
    MYCORP_TOKEN: SECRETS["a variable that is a key by its name"],
    MYCORP_LOGIN: SECRETS["a value that the settings take of this host"],
    https_proxy: `http://me:${SECRETS["the proxy's password"]}@proxy.example:3128`,
    GOOGLE_APPLICATION_CREDENTIALS: join(home, "google.json"),
  };
  ctx = { ...base, env, cwd: shop, programDir: ROOT, run: answering };
  plant();
});
afterEach(() => rmSync(home, { recursive: true }));

/** All of it, in the forms in which logs have such things. */
const everything = () =>
  [
    ...Object.values(SECRETS),
    ...Object.values(SECRETS).map(
      (secret) => `ok \u001b[31m${secret.slice(0, 9)}\u001b[0m\u200b${secret.slice(9)} end`,
    ),
    ...Object.values(SECRETS).map((secret) => `https://x/?v=${encodeURIComponent(secret)}`),
    ...Object.values(SECRETS).map((secret) => Buffer.from(secret).toString("base64")),
    PEM,
    PEM.replaceAll("\n", "\\n"),
    PEM.split("\n")
      .map((line) => `step: ${line}`)
      .join("\n"),
    "password=canary-by-shape",
    "Authorization: Bearer canary-by-header",
    "https://bucket.example/x?X-Amz-Date=1&X-Amz-Signature=canary-by-query",
    "https://bob:canary-in-url@example.org/",
    "remote: git@example.org:canary-org/repo.git",
    "canary.person@example.org wrote",
    "get https://canary-mirror.example/pypi/simple/x, not https://canary-mirror.example/pypi at all",
    "POST https://canary-notify.example/hook",
    "/home/agent/workspace/canary-gone/x, ~/workspace/canary-gone: no such directory",
    `${home}/clients/${NAMES.repo}/x of ${NAMES.user} on ${hostname()}`,
    `/home/${NAMES.user}/x and /Users/canary-mac/y`,
    `${NAMES.dir} has ${NAMES.branch}, ${NAMES.branch.toUpperCase()}`,
    "end\u001b]0;title\u0007\u001b[2J\u0085\u202e",
  ].join("\n");

const answering: Context["run"] = async (argv, options) => {
  if (argv[0] === "git" && argv.includes("rev-parse")) return { code: 0, stdout: `${ctx.cwd}\n`, stderr: "" };
  for (const line of everything().split("\n")) options?.onLine?.(line);
  return { code: 0, stdout: everything(), stderr: everything() };
};

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function plant(): void {
  const { paths } = ctx;
  put(
    join(home, "google.json"),
    JSON.stringify({ type: "authorized_user", refresh_token: SECRETS["Google's refresh token"] }),
  );
  put(
    paths.configFile,
    `memory: 8\nenv: {A: ${SECRETS["a value of the settings"]}, MYCORP_LOGIN: null}\nimage: ${home}/canary-image.qcow2\ngit_name: Canary Person\n` +
      `notify: [curl, "https://canary-notify.example/"]\n` +
      "mirrors: {https://pypi.org/: https://canary-mirror.example/pypi/}\n",
  );
  put(
    paths.workspaces,
    JSON.stringify({
      version: 1,
      workspaces: [{ dir: NAMES.dir, repoId: "0".repeat(32), repoName: NAMES.repo, branch: NAMES.branch }],
    }),
  );
  put(
    join(paths.sharedState, "repositories.json"),
    JSON.stringify({ version: 1, repositories: { ["0".repeat(32)]: join(ctx.cwd, ".git") } }),
  );
  for (const name of ["limactl", "provision", "keeper", "credentials", "setup", `setup-${NAMES.dir}`])
    put(join(paths.logs, `${name}.log`), `the log of something\n${everything()}\n`);
  for (const name of ["serial.log", "ha.stderr.log"]) put(join(paths.limaHome, paths.vm, name), everything());
}

function clean(text: string): void {
  // In any case, and as it would look after a decoding.
  const forms = [text, text.toLowerCase(), decodeURIComponent(text.replaceAll("%", "%25"))];
  const hidden = [
    ...Object.values(SECRETS),
    ...Object.values(NAMES),
    ...KEY_LINES,
    home,
    "canary",
    "Canary Person",
  ];
  for (const form of forms) for (const value of hidden) expect(form).not.toContain(value);
  for (const secret of Object.values(SECRETS))
    expect(text).not.toContain(Buffer.from(secret).toString("base64").slice(0, -4));
  // A shorter name would hit words.
  if (hostname().length > 2) expect(text).not.toMatch(new RegExp(`\\b${hostname()}\\b`));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is about them
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202e]/);
}

describe("a report", () => {
  test("has nothing of what was planted in every source, and all its parts", async () => {
    const text = await makeReport(ctx, "1.2.3");
    clean(text);
    for (const title of ["Versions", "Settings", "Doctor: this host", "Doctor: the VM", "Status"])
      expect(text).toContain(`## ${title}\n`);
    for (const log of [
      "limactl",
      "provision",
      "keeper",
      "credentials",
      "setup",
      "setup-<workspace-1>",
      "serial",
    ])
      expect(text).toContain(
        `## Log: ${log}.log\n\nthe log of something`.slice(0, log === "serial" ? 18 : undefined),
      );
    expect(text).toContain("memory: 8 (the user's file)");
    expect(text).toContain("image: (set)");
    expect(text).toContain("<workspace-1> has <branch-1>, <branch-1>");
    expect(text).toContain("<repo-1-directory>/x of <user>");
  });

  test("is made although the VM's record, the settings and the map are damaged", async () => {
    put(ctx.paths.record, "{");
    put(ctx.paths.configFile, `memory: [\n${everything()}`);
    put(ctx.paths.workspaces, `{"workspaces": [{"dir": "${NAMES.dir}"`);
    const text = await makeReport(ctx, "1.2.3");
    expect(text).toContain("it could not be told");
    for (const secret of [...Object.values(SECRETS), home]) expect(text).not.toContain(secret);
  });

  test("is made on a host that has nothing of ours", async () => {
    rmSync(join(home, ".local"), { recursive: true });
    rmSync(join(home, ".config"), { recursive: true });
    rmSync(join(home, ".lima"), { recursive: true });
    expect(await makeReport(ctx, "1.2.3")).toContain("only defaults");
  });

  test("reads no link and no pipe in the place of a log", async () => {
    put(join(home, "elsewhere"), "canary-link");
    symlinkSync(join(home, "elsewhere"), join(ctx.paths.logs, "trap.log"));
    expect(await makeReport(ctx, "1.2.3")).not.toContain("trap.log");
  });

  test("is not made when something of it would be left", () => {
    const sesame = { value: "sesame", shown: "<A>", word: false };
    expect(assemble([{ title: "x", text: "sesame" }], [sesame])).toContain("<A>");
    // What makes it anew after it was looked for.
    const later = { value: "-", shown: "s", word: false };
    expect(() => assemble([{ title: "x", text: "se-ame" }], [sesame, later])).toThrow("must not: <A>");
  });
});

const NOBODY: Known = {
  secrets: {},
  homes: [],
  users: [],
  hosts: [],
  addresses: [],
  repositories: [],
  workspaces: [],
  vm: "agent-vm",
};

describe("a text", () => {
  const of = (known: Partial<Known>, text: string) => redact(text, standInsFor({ ...NOBODY, ...known }));

  test.each([
    [{ users: ["al"] }, "al owns /home/al; all fine, Al", "<user> owns /home/<user>; all fine, <user>"],
    [{ users: ["root"] }, "root owns it", "root owns it"],
    [{ hosts: ["pc7.example.org", "pc7"] }, "PC7 is pc7.example.org, pc77", "<host> is <host>, pc77"],
    [{ homes: ["/srv/h"] }, "/srv/h/x", "<home>/x"],
    [
      { repositories: ["/srv/client/shop"] },
      "/srv/client/shop/a /srv/client/b",
      "<repo-1-directory>/a <directory-1>/b",
    ],
    [{ secrets: { K: ["line-one-x\nline-two-x"] } }, "a line-two-x", "a <K>"],
    [{ secrets: { K: ["short"] } }, "short", "short"],
    [{ addresses: ["192.0.2.7"] }, "from 192.0.2.7:22, 192.0.2.77", "from <address-1>:22, 192.0.2.77"],
    [{ vm: "client-vm" }, "client-vm is up", "<vm> is up"],
    [{}, "user@1000.service started", "user@1000.service started"],
    [{}, "sha256 of it", "sha256 of it"],
    [{}, `sum ${"0123456789abcdef".repeat(4)}`, `sum ${"0123456789abcdef".repeat(4)}`],
    [{}, "get https://registry.npmjs.org/left-pad", "get https://registry.npmjs.org/left-pad"],
  ] satisfies [Partial<Known>, string, string][])("%j: %s", (known, text, shown) =>
    expect(of(known, text)).toBe(shown),
  );

  test("that is a name of our own stands for itself, and makes no trouble", () => {
    const workspaces = [{ dir: "repo-branch", repoName: "repo", branch: "branch" }];
    const standIns = standInsFor({ ...NOBODY, workspaces, users: ["secret"] });
    expect(assemble([{ title: "Status", text: "branch of repo: password=12345678" }], standIns)).toContain(
      "<branch-1>",
    );
  });

  test("of a key whose beginning or end is cut off is taken out", () => {
    const [first = "", ...rest] = PEM.split("\n");
    expect(of({}, ["log", first, ...KEY_LINES].join("\n"))).toBe("log\n<private key>");
    expect(of({}, [...KEY_LINES, rest.at(-1), "log"].join("\n"))).toBe("<private key>\nlog");
  });

  test("cannot keep a pattern busy", () => {
    const since = performance.now();
    for (const piece of [
      "a@",
      "x=",
      "https://",
      "token:",
      "-----BEGIN ",
      "aB3/",
      "key key ",
      "/home/",
      "?key=",
    ])
      of({ users: ["cornelius"] }, piece.repeat(128_000 / piece.length));
    expect(performance.now() - since).toBeLessThan(30_000);
  });
});

describe("it is written", () => {
  const shown: string[] = [];
  const screen = () => {
    const stdout = new PassThrough();
    shown.length = 0;
    stdout.on("data", (bytes: Buffer) => shown.push(String(bytes)));
    return { terminal: false, columns: 80, stdout };
  };
  const asked = (yes: boolean): Context => ({
    ...ctx,
    flags: { yes: false },
    confirm: {
      possible: true,
      ask: async () => {
        // It was shown before.
        expect(shown.join("")).toContain("## Versions");
        return yes;
      },
    },
  });

  test("after it was shown and agreed to, for its owner alone", async () => {
    const file = await report(asked(true), { output: "out.txt", version: "1" }, screen());
    expect(file).toBe(join(ctx.cwd, "out.txt"));
    expect(statSync(join(ctx.cwd, "out.txt")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(ctx.cwd, "out.txt"), "utf8")).toBe(shown.join(""));
  });

  test("never without a yes, and never over what is there", async () => {
    await expect(report(asked(false), { output: "out.txt", version: "1" }, screen())).rejects.toMatchObject({
      exit: EXIT.refused,
    });
    await expect(
      report({ ...ctx, flags: { yes: false } }, { output: "out.txt", version: "1" }, screen()),
    ).rejects.toMatchObject({
      exit: EXIT.refused,
      hint: expect.stringContaining("--yes"),
    });
    expect(existsSync(join(ctx.cwd, "out.txt"))).toBe(false);
    put(join(ctx.cwd, "mine"), "mine");
    symlinkSync(join(home, "nowhere"), join(ctx.cwd, "link"));
    for (const name of ["mine", "link"])
      await expect(report(ctx, { output: name, version: "1" }, screen())).rejects.toMatchObject({
        exit: EXIT.refused,
      });
    expect(readFileSync(join(ctx.cwd, "mine"), "utf8")).toBe("mine");
    expect(existsSync(join(home, "nowhere"))).toBe(false);
  });

  test("never after a long wait for a directory that is not there", async () => {
    const far = report(asked(true), { output: "no/such/out.txt", version: "1" }, screen());
    await expect(far).rejects.toMatchObject({
      exit: EXIT.usage,
      message: expect.stringContaining("no/such"),
    });
    expect(shown).toEqual([]);
  });

  test("or only shown", async () => {
    expect(
      await report({ ...ctx, flags: { yes: false } }, { output: "-", version: "1" }, screen()),
    ).toBeUndefined();
    expect(shown.join("")).toContain("## Versions");
  });
});
