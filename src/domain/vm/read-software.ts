// Asks the guest what is installed, and reads the lists of what is wanted.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runScript } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import { shortName } from "./inputs.ts";
import { debianArch } from "./lima-image.ts";
import { type Lists, parseInstalled, releaseStep, type Software, wantedSoftware } from "./software.ts";
import { STEPS } from "./steps.ts";

/** As the agent. Prints "KIND NAME VERSION" for Debian's packages, npm's, pipx's and single programs. */
const INSTALLED = `
dpkg-query --show --showformat='apt \${Package} \${Version}\\n'
for program in /usr/local/lib/agent-vm/*-*; do
  [ -e "$program" ] || continue
  name=\${program##*/}
  printf 'release %s %s\\n' "\${name%-*}" "\${name##*-}"
done
python3 - <<'PYTHON'
import glob, json, os
def look(pattern, kind, pick):
    for path in glob.glob(os.path.expanduser(pattern)):
        try:
            with open(path) as file:
                print(kind, *pick(json.load(file)))
        except (OSError, ValueError, KeyError, TypeError):
            pass
for pattern in "~/.local/lib/node_modules/*/package.json", "~/.local/lib/node_modules/@*/*/package.json":
    look(pattern, "npm", lambda it: (it["name"], it["version"]))
look("~/.local/share/pipx/venvs/*/pipx_metadata.json", "python",
     lambda it: (it["main_package"]["package"], it["main_package"]["package_version"]))
PYTHON
`;

/** Keyed by "KIND NAME". One round trip. */
export async function installedSoftware(ctx: Context, target: Target): Promise<Map<string, string>> {
  const { stdout } = await runScript(
    ctx.run,
    target,
    { text: INSTALLED },
    { timeout: 120_000, signal: ctx.signal },
  );
  return parsed(stdout, parseInstalled);
}

/** The step that installs from a list; lists without an optional step are always wanted. */
const STEP_OF: Partial<Record<keyof Lists, string>> = {
  "apt-packages": "tools",
  "apt-containers": "containers",
  "npm-packages": "agents",
  "python-packages": "python",
};

type Wanting = Pick<Context, "programDir" | "settings" | "arch">;

export async function readWanted(ctx: Wanting): Promise<Software[]> {
  const names = ["apt-core", "apt-packages", "apt-containers", "npm-packages", "python-packages", "versions"];
  const without: readonly string[] = ctx.settings.without;
  const { apt = [], npm = [], python = [] } = ctx.settings.packages ?? {};
  const own: Partial<Record<string, readonly string[]>> = {
    "apt-packages": apt,
    "npm-packages": npm,
    "python-packages": python,
  };
  const texts = await Promise.all(
    (names as (keyof Lists)[]).map(async (name) => {
      const step = STEP_OF[name];
      if (step !== undefined && without.includes(step)) return [name, ""] as const;
      const text = await readFile(join(ctx.programDir, "common", "packages", `${name}.txt`), "utf8");
      return [name, [text, ...(own[name] ?? [])].join("\n")] as const;
    }),
  );
  return wantedSoftware(Object.fromEntries(texts) as Lists, debianArch(ctx.arch)).filter(
    ({ kind, name }) => kind !== "release" || !without.includes(releaseStep(name)),
  );
}

/** The agents of our own list; a user's npm packages stay as the user asked for them. */
export async function agentPackages(ctx: Wanting): Promise<string[]> {
  const settings = { ...ctx.settings, packages: { apt: [], npm: [], python: [] } };
  const wanted = await readWanted({ ...ctx, settings });
  return wanted.filter(({ kind }) => kind === "npm").map(({ name }) => name);
}

/** Names of the optional steps that install what a scope of `upgrade` means. */
export function stepsOf(scope: "agents" | "system" | "all"): string[] {
  const system = ["tools", "containers", "nested"];
  return STEPS.filter(({ optional }) => optional)
    .filter(({ name }) => scope === "all" || system.includes(shortName(name)) === (scope === "system"))
    .map(({ name }) => name);
}
