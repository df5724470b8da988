// Which editor is meant, and where it is on this host.
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { exists, findProgram } from "../../io/which.ts";
import { EDITORS, type Editor, editorNames, type Found } from "./editors.ts";

export interface Choice {
  editor: Editor;
  /** Undefined: it is not installed. */
  found: Found | undefined;
}

/**
 * The named editor (`--in`, else the setting `editor`), or the first that is installed; undefined when there is none.
 * Throws UserError (2) for a name that nobody knows.
 */
export async function chooseEditor(ctx: Context, named: string | undefined): Promise<Choice | undefined> {
  const wanted = named ?? ctx.settings.editor;
  if (Array.isArray(wanted)) return ownEditor(ctx, wanted);
  if (wanted !== undefined) {
    const editor = EDITORS.find((one) => one.name === wanted);
    if (editor === undefined) throw unknown(wanted);
    return { editor, found: await findEditor(ctx, editor) };
  }
  for (const editor of EDITORS) {
    const found = await findEditor(ctx, editor);
    if (found !== undefined) return { editor, found };
  }
  return undefined;
}

/** A program of the user's own, as a list of words: the directory is the last one. */
async function ownEditor(ctx: Context, [name = "", ...words]: readonly string[]): Promise<Choice> {
  const editor = { name, title: sanitize(name), programs: [name], local: [...words, "{dir}"] };
  const program = name.startsWith("/") ? name : await findProgram(name, ctx.env);
  return { editor, found: program === undefined ? undefined : { program } };
}

async function findEditor(ctx: Context, editor: Editor): Promise<Found | undefined> {
  for (const name of editor.programs) {
    const program = await findProgram(name, ctx.env);
    if (program !== undefined) return { program };
  }
  if (ctx.platform !== "darwin" || editor.app === undefined) return undefined;
  for (const folder of ["/Applications", join(ctx.paths.home, "Applications")]) {
    const bundle = join(folder, `${editor.app}.app`);
    if (!(await exists(bundle))) continue;
    const inApp = editor.inApp && join(bundle, editor.inApp);
    return { app: editor.app, inApp: inApp && (await exists(inApp)) ? inApp : undefined };
  }
  return undefined;
}

const unknown = (name: string): UserError =>
  new UserError(`There is no editor "${sanitize(name)}" that agent-vm knows.`, {
    hint: `Known are ${editorNames()}; a program of your own can be named as a list of words in the setting "editor".`,
    exit: EXIT.usage,
  });
