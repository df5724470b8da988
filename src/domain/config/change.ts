// Changes one setting in the user's file: comments and order stay, and what could not be read again is never written.
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { withLock } from "../../io/lock.ts";
import { replaceFile } from "../../io/replace-file.ts";
import { isSecret, readUserText, userLayer } from "../load-settings.ts";
import { SETTING_RULES, variableOf } from "../setting-rules.ts";
import { type Settings, settingsSchema } from "../settings.ts";
import { settingsShape } from "./json-schema.ts";
import { parseKey } from "./key.ts";
import type { Layer } from "./layers.ts";
import { type Issue, problemLines } from "./problems.ts";

type Values = Readonly<Record<string, unknown>>;

/** Several words are a list. Throws UserError (2) for a value that cannot be; the file is as it was then. */
export async function setSetting(ctx: Context, key: string, words: readonly string[]): Promise<void> {
  const path = parseKey(key);
  const { setInYaml, readYaml } = await import("../../io/yaml.ts");
  await changeFile(ctx, (text, values) => {
    const value = chooseValue(
      { values, path, key },
      meanings(words, (word) => readYaml(word).value),
    );
    return { text: setInYaml(text, path, value), values: withValue(values, path, value) };
  });
  const [name = ""] = path;
  if (ctx.given?.has(name) && ctx.env[variableOf(name)])
    ctx.out.warn(`${variableOf(name)} is set in the environment and comes before your file.`);
}

/** True when there was something to remove; also a name that is no setting. */
export async function unsetSetting(ctx: Context, key: string): Promise<boolean> {
  const { unsetInYaml } = await import("../../io/yaml.ts");
  let was = false;
  await changeFile(ctx, (text, values) => {
    const path = Object.hasOwn(values, key) ? [key] : parseKey(key);
    const left = withoutValue(values, path);
    was = left !== undefined;
    return left === undefined ? undefined : { text: unsetInYaml(text, path), values: left };
  });
  return was;
}

type Change = (text: string, values: Values) => { text: string; values: Values } | undefined;

const lockOf = (ctx: Context): string => join(ctx.paths.sharedState, "locks", "config");

/** What is at work on the user's file, one command at a time. */
export const withConfigLock = <T>(ctx: Context, work: () => Promise<T>): Promise<T> =>
  withLock(lockOf(ctx), { command: ctx.commandLine, signal: ctx.signal }, work);

async function changeFile(ctx: Context, change: Change): Promise<void> {
  const file = ctx.paths.configFile;
  await withConfigLock(ctx, async () => {
    const before = await readUserText(file);
    const changed = change(before, (await userLayer(file, before)).values);
    if (changed === undefined) return;
    const layer = await checkText(file, changed.text);
    // An anchor that others use, a key that is there twice in other words: more would change than was asked for.
    if (!isDeepStrictEqual(layer.values, changed.values)) {
      throw new UserError(`${file} is written in a way that this cannot change safely.`, {
        hint: "Change it by hand: agent-vm config edit",
        exit: EXIT.failed,
      });
    }
    await replaceFile(file, changed.text);
  });
}

/** What the text says as the user's file. Throws UserError (2) with everything that is wrong in it. */
export async function checkText(file: string, text: string): Promise<Layer> {
  const layer = await userLayer(file, text);
  const { values: value, placeOf } = layer;
  const parsed = settingsSchema.safeParse(value);
  if (parsed.success) return layer;
  throw new UserError("The file would hold a setting with a value it cannot have.", {
    details: problemLines(parsed.error.issues, { schema: settingsShape(), value, placeOf, secret: isSecret }),
    hint: "Nothing was written. Repair it: agent-vm config edit",
    exit: EXIT.usage,
  });
}

/** What the words may mean, the likeliest first: a number, a list …, else the text as it is, else a list of texts. */
function meanings(words: readonly string[], parse: (word: string) => unknown): unknown[] {
  const [word = ""] = words;
  if (words.length > 1) return [words];
  // YAML takes no text for null, which is another thing in `env`.
  const parsed = word === "" ? [] : [parse(word)].filter((value) => value !== undefined);
  return [...parsed, word, [word]];
}

function chooseValue(
  at: { values: Values; path: readonly string[]; key: string },
  candidates: readonly unknown[],
) {
  const { values, path, key } = at;
  const issuesOf = (value: unknown): Issue[] => {
    const found = settingsSchema.safeParse(withValue(values, path, value)).error?.issues ?? [];
    return found.filter((issue) => path.every((step, index) => String(issue.path[index]) === step));
  };
  const fits = candidates.find((value) => issuesOf(value).length === 0);
  if (fits !== undefined) return fits;
  const [first] = candidates;
  const details = problemLines(issuesOf(first), {
    schema: settingsShape(),
    value: withValue(values, path, first),
    placeOf: () => "config set",
    secret: isSecret,
  });
  const hint = SETTING_RULES[path[0] as keyof Settings].about;
  throw new UserError(`${key} cannot have that value.`, { details, hint, exit: EXIT.usage });
}

/** A copy with one value changed. */
function withValue(values: Values, [step = "", ...rest]: readonly string[], value: unknown): Values {
  const inner = values[step];
  const below = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? (inner as Values) : {};
  return { ...values, [step]: rest.length === 0 ? value : withValue(below, rest, value) };
}

/** A copy without one value, and without what that leaves empty; undefined when it is not there. */
function withoutValue(values: Values, [step = "", ...rest]: readonly string[]): Values | undefined {
  if (!Object.hasOwn(values, step)) return undefined;
  const { [step]: inner, ...others } = values;
  if (rest.length === 0) return others;
  if (typeof inner !== "object" || inner === null) return undefined;
  const left = withoutValue(inner as Values, rest);
  if (left === undefined) return undefined;
  return Object.keys(left).length === 0 ? others : { ...values, [step]: left };
}
