// Puts a completion script where its shell looks for it, and takes it away. Never writes into a file of the user's.
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Lean } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { SHELLS, type Shell } from "./complete.ts";
import { BASH_COMPLETION, type Home, rcFile, rcLine, scriptPlace, shellOf } from "./places.ts";

/** What each script of ours says in its first lines: a file without it is somebody else's. */
const MARK = "# agent-vm: completion for ";

export const script = (host: Pick<Lean, "programDir">, shell: Shell): Promise<string> =>
  readFile(join(host.programDir, "common/completion", `agent-vm.${shell}`), "utf8");

const userOf = (ctx: Lean): Home => ({ home: ctx.paths.home, env: ctx.env });

/** The shell that is meant: named, or the one of the user's logins. Throws UserError (2). */
function chooseShell(ctx: Lean, named: Shell | undefined): Shell {
  const shell = named ?? shellOf(ctx.env);
  if (shell) return shell;
  throw new UserError("The variable SHELL names no shell that agent-vm completes in.", {
    hint: `Name one: agent-vm completion install --shell ${SHELLS.join("|")}`,
    exit: EXIT.usage,
  });
}

interface Options {
  shell?: Shell;
  dryRun?: boolean;
}

export async function install(ctx: Lean, options: Options): Promise<void> {
  const shell = chooseShell(ctx, options.shell);
  const place = scriptPlace(shell, userOf(ctx));
  await refuseForeign(place);
  if (options.dryRun) ctx.out.say(`This would write the completion for ${shell}:`);
  else {
    const text = await script(ctx, shell);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text);
    ctx.out.say(`The completion for ${shell} is in place:`);
  }
  ctx.out.answer(place);
  for (const line of await leftToDo(ctx, shell, place)) ctx.out.say(line);
}

export async function remove(ctx: Lean, options: Options): Promise<void> {
  const shells = options.shell ? [options.shell] : SHELLS;
  const places = shells.map((shell) => scriptPlace(shell, userOf(ctx))).filter((place) => existsSync(place));
  for (const place of places) await refuseForeign(place);
  for (const place of places) {
    if (!options.dryRun) await rm(place);
    ctx.out.answer(place);
  }
  if (places.length === 0) return ctx.out.say("There is no completion to remove.");
  ctx.out.say(
    options.dryRun ? "This would be removed." : "Removed. A line of yours in .zshrc or .bashrc stays.",
  );
}

async function refuseForeign(place: string): Promise<void> {
  const text = existsSync(place) ? await readFile(place, "utf8") : MARK;
  if (text.includes(MARK)) return;
  throw new UserError(`The file ${place} is not agent-vm's.`, {
    hint: "Move it away, then run the same command again.",
    exit: EXIT.refused,
  });
}

async function leftToDo(ctx: Lean, shell: Shell, place: string): Promise<string[]> {
  const again = `It works in a new ${shell}.`;
  const file = rcFile(shell, userOf(ctx));
  const found = shell === "fish" || (shell === "bash" && BASH_COMPLETION.some((path) => existsSync(path)));
  if (file === undefined || found) return [again];
  const rc = await readFile(file, "utf8").catch(() => "");
  const line = rcLine(shell, place);
  if (rc.includes(line)) return [again];
  const needs =
    shell === "zsh"
      ? [
          `zsh does not look there by itself. Put this line into ${file}, before compinit:`,
          `  ${line}`,
          ...(/\bcompinit\b|oh-my-zsh|prezto|zinit/.test(rc)
            ? []
            : ["and after it, where nothing calls compinit yet:", "  autoload -Uz compinit && compinit"]),
        ]
      : [
          `bash does not look there without the package bash-completion. Install that, or put this line into ${file}:`,
          `  ${line}`,
        ];
  return [...needs, "agent-vm writes nothing into your files."];
}
