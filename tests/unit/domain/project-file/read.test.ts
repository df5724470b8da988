// What a repository's .agent-vm.yaml may say.
import { describe, expect, test } from "vitest";
import { userSchema } from "../../../../src/domain/config/json-schema.ts";
import { parseProjectFile } from "../../../../src/domain/project-file/read.ts";
import { projectFileSchema } from "../../../../src/domain/project-file/schema.ts";
import { projectSettings } from "../../../../src/domain/project-file/settings.ts";
import { SETTING_NAMES, SETTING_RULES } from "../../../../src/domain/setting-rules.ts";
import { settingsSchema } from "../../../../src/domain/settings.ts";
import { EXIT, UserError } from "../../../../src/errors.ts";
import { readYaml } from "../../../../src/io/yaml.ts";

const parse = async (text: string) => (await parseProjectFile(text, readYaml)).file;

async function refusal(text: string): Promise<UserError> {
  const said = await parse(text).catch((error: unknown) => error);
  if (said instanceof UserError) return said;
  throw said instanceof Error ? said : new Error(`It was taken: ${JSON.stringify(said)}`);
}

test("packages and a setup, or nothing", async () => {
  expect(await parse("packages: {apt: [jq]}\nsetup: |\n  npm ci\n  npm run build\n")).toEqual({
    packages: { apt: ["jq"], npm: [], python: [] },
    setup: "npm ci\nnpm run build\n",
  });
  const script = `case x in ${"[[ {a} =~ [b] ]];\n".repeat(500)}`;
  expect(await parse(JSON.stringify({ setup: script }))).toEqual({ setup: script });
  expect(await parse("setup: scripts/setup.sh\n")).toEqual({ setup: "scripts/setup.sh" });
  expect(await parse("")).toEqual({});
  expect(await parse("# later\n")).toEqual({});
});

test("the agent and the memory of its sessions, unless an option or a variable says them", async () => {
  const file = await parse("agent: codex\nsession_memory: 2G\n");
  expect(projectSettings(file, new Set())).toEqual({ agent: "codex", session_memory: "2G" });
  expect(projectSettings(file, new Set(["agent"]))).toEqual({ session_memory: "2G" });
  expect(projectSettings(await parse("packages: {apt: [jq]}\nsetup: make\n"), new Set())).toEqual({});
});

describe("what is refused, each by its place", () => {
  test.each([
    ["a field nobody knows", "mounts: [/]\n", /\.agent-vm\.yaml:1: "mounts" is no setting/],
    ["one that was mistyped", "setup: make\npackage: {}\n", /:2: "package" .*did you mean "packages"\?/],
    ["a name that is an option", "packages: {apt: [-y]}\n", /packages\.apt\.0/],
    ["a setup that is no text", "setup: [a]\n", /setup/],
    ["no mapping", "- a\n", /./],
    ["no YAML", "a: [\n", /:\d+: ./],
    ["brackets that no parser's stack holds", "[".repeat(60_000), /deeper/],
    ["lists in lists on one line", `a:\n  ${"- ".repeat(30_000)}`, /deeper/],
    ["aliases that grow without end", bomb(), /alias/i],
  ])("%s", async (_what, text, named) => {
    const error = await refusal(text);
    expect(error.exit).toBe(EXIT.failed);
    expect(error.hint).toContain("--no-setup");
    expect(error.details.join("\n")).toMatch(named);
  });

  test.each([
    "/etc/passwd",
    "~/.ssh/id_rsa",
    "../other/.env",
    "config/../../x",
    ".git/config",
    "a/.GIT/hooks/x",
    "!.env",
    "a//b",
    "",
    "a\nb",
  ])("an ask for %j", async (pattern) => {
    const error = await refusal(JSON.stringify({ workspace: { carry: [".env", pattern] } }));
    expect(error.details.join("\n")).toMatch(/workspace\.carry\.1 .*must /);
  });

  test("an ask with a limit of its own", async () => {
    const error = await refusal("workspace: {carry: [a], carry_limit: 200}");
    expect(error.details.join()).toContain('"workspace.carry_limit" is no setting');
  });

  test("control sequences in it do not reach the terminal", async () => {
    const { details } = await refusal('"\\e]0;x\\a": 1\n');
    expect(details).toEqual([expect.not.stringContaining("\u001b")]);
  });
});

describe("the host is out of its reach:", () => {
  /** A value that the user's own file may have. */
  const SAMPLES: Record<string, unknown> = {
    accel: "tcg",
    image: "/srv/disk.qcow2",
    memory: 4,
    vcpu: 2,
    disk: 50,
    profile: "open",
    base: "main",
    fetch_limit: 9,
    scan: "off",
    scanner: "builtin",
    customs: { mute: ["vscode"] },
    regenerable: ["*"],
    without: ["nested"],
    home: { from: "/", files: ["~/.ssh/id_rsa -> k"] },
    agent: "codex",
    session_memory: "2G",
    stop_grace: 1,
    aliases: false,
    git_identity: false,
    git_name: "A",
    git_email: "a@example.org",
    packages: { apt: ["jq"] },
    mirrors: { "https://a.example/": "https://b.example/" },
    ca: ["/etc/passwd"],
    proxy: "on",
    env: { SECRET: null },
    notify: ["touch", "/tmp/x"],
    clipboard: true,
    credentials: "env",
    mount: { git: "visible" },
    workspace: { carry: [".env"] },
    google_credentials: "on",
    editor: "zed",
  };

  test("every setting has a rule, and a value to try it with", () => {
    expect(SETTING_NAMES).toEqual(Object.keys(userSchema().properties));
    for (const name of SETTING_NAMES)
      expect(settingsSchema.safeParse({ [name]: SAMPLES[name] }), name).toMatchObject({ success: true });
  });

  test.each(SETTING_NAMES)("%s", async (name) => {
    const { touches, project, asks } = SETTING_RULES[name];
    const text = JSON.stringify({ [name]: SAMPLES[name] });
    if (project) {
      expect(touches).toBe("VM");
      expect(await parse(text)).toHaveProperty(name);
      return;
    }
    if (asks) {
      expect(projectSettings(await parse(text), new Set())).toEqual({});
      return;
    }
    const error = await refusal(text);
    const why = touches === "host" ? "it is about this host" : "it is about the VM of all repositories";
    expect(error.details).toEqual([expect.stringContaining(`"${name}" is only for your own settings`)]);
    expect(error.details[0]).toContain(why);
  });

  test("it says nothing else than settings that are a project's, what it asks for, and its setup", () => {
    const theirs = SETTING_NAMES.filter((name) => SETTING_RULES[name].project ?? SETTING_RULES[name].asks);
    expect(Object.keys(projectFileSchema.shape).sort()).toEqual([...theirs, "setup"].sort());
  });
});

function bomb(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level += 1) {
    const before = `*a${level - 1}`;
    lines.push(`a${level}: &a${level} [${Array(10).fill(before).join(", ")}]`);
  }
  return `${lines.join("\n")}\n`;
}
