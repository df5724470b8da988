// agent-vm config: the settings, each with its value and where it comes from; changes the user's file.
import type { Command } from "commander";
import type { ContextOptions, GetContext } from "../cli.ts";
import { EXIT } from "../errors.ts";
import { printableJson, sanitize } from "../guard/sanitize.ts";

/** What is wrong with the settings is what this is here to say and to repair. */
const ANY: ContextOptions = { anySettings: true };

export function register(program: Command, context: GetContext, setCode: (code: number) => void): void {
  const config = program.command("config").description("your settings: get, set, unset, list, edit, path");
  registerList(config, context, setCode);
  registerGet(config, context);
  config
    .command("set")
    .description("set one in your file; several values are a list")
    .argument("<key>", "memory, mount.git, env.NAME …")
    .argument("<value...>")
    // The words of a command: editor code --wait.
    .allowUnknownOption()
    .action(async (key: string, values: string[], _options: unknown, command: Command) => {
      const ctx = await context(command, ANY);
      const { setSetting } = await import("../domain/config/change.ts");
      await setSetting(ctx, key, values);
    });
  config
    .command("unset")
    .description("take one out of your file")
    .argument("<key>")
    .action(async (key: string, _options: unknown, command: Command) => {
      const ctx = await context(command, ANY);
      const { unsetSetting } = await import("../domain/config/change.ts");
      if (!(await unsetSetting(ctx, key))) ctx.out.say(`Your file does not set ${sanitize(key)}.`);
    });
  config
    .command("edit")
    .description("open your file in VISUAL or EDITOR; it is checked before it counts")
    .action(async (_options: unknown, command: Command) => {
      const ctx = await context(command, ANY);
      const { editSettings } = await import("../domain/config/edit.ts");
      if (!(await editSettings(ctx))) ctx.out.say("Nothing was changed.");
    });
  registerPath(config, context);
}

function registerList(config: Command, context: GetContext, setCode: (code: number) => void): void {
  config
    .command("list")
    .description("all settings and their values")
    .option(
      "--origin",
      "where each comes from: an option, a variable, a project's file, your file, or nothing",
    )
    .option("--json", "as JSON")
    .action(async (options: { origin?: boolean; json?: boolean }, command: Command) => {
      const ctx = await context(command, ANY);
      const { listSettings } = await import("../domain/config/list.ts");
      const { rows, problem, notes } = await listSettings(ctx, command.optsWithGlobals());
      for (const note of notes) ctx.out.warn(note);
      for (const line of problem?.details ?? []) ctx.out.warn(line);
      if (problem) setCode(EXIT.usage);
      if (options.json) return ctx.out.answer(printableJson({ schema: 1, settings: rows }));
      const text = (value: unknown) => sanitize(JSON.stringify(value), 1000);
      if (!options.origin) {
        for (const { name, value } of rows) ctx.out.answer(`${sanitize(name)}: ${text(value)}`);
        return;
      }
      const { table } = await import("../io/table.ts");
      const cells = rows.map(({ name, value, origin, place }) => [
        sanitize(name),
        text(value),
        origin,
        sanitize(place ?? "", 1000),
      ]);
      ctx.out.answer(table(["SETTING", "VALUE", "FROM", "PLACE"], cells, ctx.columns));
    });
}

function registerGet(config: Command, context: GetContext): void {
  config
    .command("get")
    .description("the value of one, a variable's (env.NAME) in full; exit code 1 when it is not set")
    .argument("<key>", "memory, mount.git, env.NAME …")
    .option("--json", "as JSON")
    .action(async (key: string, options: { json?: boolean }, command: Command) => {
      const ctx = await context(command, ANY);
      const { parseKey } = await import("../domain/config/key.ts");
      const { listSettings, notSet, valueIn } = await import("../domain/config/list.ts");
      const path = parseKey(key);
      const listing = await listSettings(ctx, command.optsWithGlobals());
      if (listing.problem) throw listing.problem;
      const value = valueIn(listing, path);
      if (value === undefined) throw notSet(key);
      const plain = typeof value === "string" && !options.json;
      ctx.out.answer(plain ? value : printableJson(value));
    });
}

function registerPath(config: Command, context: GetContext): void {
  config
    .command("path")
    .description("where your file lies, or a JSON schema for editors")
    .option("--schema", "the schema of your file")
    .option("--project-schema", "the schema of a repository's .agent-vm.yaml")
    .action(async (options: { schema?: boolean; projectSchema?: boolean }, command: Command) => {
      const ctx = await context(command, ANY);
      const { projectSchemaFile, userSchemaFile } = await import("../domain/config/schema-files.ts");
      if (options.projectSchema) return ctx.out.answer(projectSchemaFile(ctx.programDir));
      ctx.out.answer(options.schema ? userSchemaFile(ctx.programDir) : ctx.paths.configFile);
    });
}
