// Holds every JSON answer that a test sees to the form that is shipped for its command, with no member besides.
import { ANSWERS, type AnswerName } from "../src/domain/answers/answers.ts";

/** Options of every command that take a value: it may stand before the command's name. */
const WITH_VALUE = ["--vm", "--repo"];

/** "status --watch" of `status --json --watch`; undefined when the command line asks for no JSON. */
export function answerName(argv: readonly string[]): string | undefined {
  const before = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : undefined);
  const words = before.filter((_, at) => !WITH_VALUE.includes(before[at - 1] ?? ""));
  const at = words.findIndex((word) => !word.startsWith("-"));
  const [verb = "", sub = ""] = at < 0 ? [] : words.slice(at);
  if (verb === "watch") return verb;
  if (!words.includes("--json")) return undefined;
  if (at < 0) return "first look";
  const both = `${verb} ${sub}`;
  return Object.keys(ANSWERS).includes(both) ? both : words.includes("--watch") ? `${verb} --watch` : verb;
}

/** Throws when the text is not what the command's form says, or the command has none. */
export function holdToForm(argv: readonly string[], text: string): void {
  const name = answerName(argv);
  if (name === undefined || text === "") return;
  const form = ANSWERS[name as AnswerName];
  if (form === undefined) throw new Error(`no form in src/domain/answers/ for: ${argv.join(" ")}`);
  const values = name === "watch" || name.endsWith("--watch") ? text.split("\n").filter(Boolean) : [text];
  for (const value of values) {
    const { success, error } = form.safeParse(JSON.parse(value));
    if (!success) throw new Error(`${name}: ${JSON.stringify(error.issues)}\n${value}`);
  }
}
