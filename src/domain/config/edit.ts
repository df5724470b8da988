// Opens the user's settings in an editor. What was typed is never lost, and a file that cannot be used is never put in place.
import { mkdir, mkdtemp, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { whileCtrlCIsIts } from "../../io/pager.ts";
import { placeOf, replaceFile } from "../../io/replace-file.ts";
import { findProgram } from "../../io/which.ts";
import { readUserText } from "../load-settings.ts";
import { checkText, withConfigLock } from "./change.ts";
import { startText } from "./schema-files.ts";

/** As git runs it: the user's own words, which may have options and quotes; the file is an argument of theirs. */
const EDIT = 'eval "$1 \\"\\$2\\""';

/** Returns false when nothing was changed. Throws UserError with the place of the edit when it was not taken. */
export async function editSettings(ctx: Context): Promise<boolean> {
  const file = ctx.paths.configFile;
  const editor = await chooseEditor(ctx);
  const before = await readUserText(file);
  const start = before === "" ? startText(ctx.programDir) : before;
  const draft = await newDraft(file, start);
  try {
    for (;;) {
      await runEditor(ctx, editor, draft);
      const text = await readFile(draft, "utf8");
      if (text === start) return await given(draft, false);
      const problem = await problemOf(file, text);
      if (problem === undefined) {
        await putInPlace(ctx, { file, before, text });
        return await given(draft, true);
      }
      ctx.out.warn(problem.message);
      for (const line of problem.details) ctx.out.warn(line);
      if (!(await ctx.confirm.ask("Edit it again?"))) throw problem;
    }
  } catch (error) {
    throw await kept(draft, start, file, error);
  }
}

/** In a directory of its own beside the file, so that an editor's own files lie there, too; with an ending that it knows. */
async function newDraft(file: string, text: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = join(await mkdtemp(join(dirname(file), ".edit-")), "config.yaml");
  await writeFile(draft, text, { mode: 0o600, flag: "wx" });
  return draft;
}

async function given(draft: string, changed: boolean): Promise<boolean> {
  await rm(dirname(draft), { recursive: true, force: true });
  return changed;
}

async function problemOf(file: string, text: string): Promise<UserError | undefined> {
  try {
    await checkText(file, text);
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

async function putInPlace(ctx: Context, { file, before, text }: Record<"file" | "before" | "text", string>) {
  await withConfigLock(ctx, async () => {
    if ((await readUserText(file)) !== before) {
      throw new UserError(`${await placeOf(file)} was changed by somebody else meanwhile.`, {
        hint: "Bring both together, then put it in place.",
        exit: EXIT.refused,
      });
    }
    await replaceFile(file, text);
  });
}

/** Keeps an edit that was not taken, under a name that says so, and tells its place with the reason. */
async function kept(draft: string, start: string, file: string, error: unknown): Promise<unknown> {
  const text = await readFile(draft, "utf8").catch(() => start);
  if (text === start) {
    await given(draft, false);
    return error;
  }
  const place = await freePlace(`${file}.${new Date().toISOString().replace(/\D/g, "").slice(0, 14)}`);
  await rename(draft, place);
  // What the editor left there is the user's.
  await rmdir(dirname(draft)).catch(() => undefined);
  if (!(error instanceof UserError)) return error;
  const details = [...error.details, `Your edit is kept: ${place}`];
  const hint = "Your settings are as they were.";
  return new UserError(error.message, { details, hint, exit: error.exit, cause: error });
}

/** An earlier edit of the same second is nobody's to take. */
async function freePlace(stem: string): Promise<string> {
  for (let count = 1; ; count += 1) {
    const place = `${stem}${count === 1 ? "" : `-${count}`}.edited`;
    try {
      await writeFile(place, "", { mode: 0o600, flag: "wx" });
      return place;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

async function runEditor(ctx: Context, editor: string, draft: string): Promise<void> {
  const argv = ["sh", "-c", EDIT, "agent-vm", editor, draft];
  const run = () => ctx.run(argv, { terminal: true, ok: "any" });
  const { code } = await whileCtrlCIsIts(run, () => undefined);
  if (code === 0) return;
  throw new UserError(`Your editor ended with exit code ${code}: ${sanitize(editor)}`, {
    hint: 'Name another one in VISUAL or EDITOR, for example EDITOR="code --wait".',
    exit: EXIT.failed,
  });
}

async function chooseEditor(ctx: Context): Promise<string> {
  const named = ctx.env["VISUAL"] || ctx.env["EDITOR"];
  if (named) return named;
  if (!ctx.interactive) throw noEditor("There is no terminal for an editor.");
  for (const name of ["editor", "nano", "vi"]) if (await findProgram(name, ctx.env)) return name;
  throw noEditor("No editor was found.");
}

const noEditor = (message: string): UserError =>
  new UserError(message, {
    hint: "Name one in VISUAL or EDITOR, or use: agent-vm config set KEY VALUE",
    exit: EXIT.failed,
  });
