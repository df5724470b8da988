// The end of each help text: examples, the topics, and where the options for all commands are told.
import type { Command, Help } from "commander";
import { columnsOf, LEAST_TEXT, wrapped } from "../domain/help/render.ts";
import { TOPICS } from "../domain/help/topic-names.ts";
import { EXAMPLES, NOTES } from "./examples.ts";

const COLUMNS = 80;

/** Commander leaves lines of a narrow terminal as long as they are; here the description goes below its term. */
export const helpLayout: Partial<Help> = {
  formatItem(term, termWidth, description, helper) {
    if (description === "") return `  ${term}`;
    const room = (helper.helpWidth ?? COLUMNS) - termWidth - 4;
    if (room < LEAST_TEXT) return `  ${term}\n      ${wrapped(description, room + termWidth - 2, "      ")}`;
    const indent = " ".repeat(termWidth + 4);
    return `  ${term.padEnd(termWidth)}  ${wrapped(description, room, indent)}`;
  },
};

/** Adds them to a command and all below it. */
export function addMoreHelp(command: Command, above: readonly string[] = []): void {
  const path = command.parent === null ? [] : [...above, command.name()];
  command.addHelpText("after", () => moreHelp(command, path.join(" ")));
  for (const one of command.commands) addMoreHelp(one, path);
}

function moreHelp(command: Command, path: string): string {
  const { getOutHelpWidth } = command.configureOutput();
  const width = getOutHelpWidth?.() ?? COLUMNS;
  const lines = (EXAMPLES[path] ?? []).map(([line, what]) => [`agent-vm ${line}`, what] as const);
  const examples = lines.length === 0 ? [] : ["", "Examples:", columnsOf(lines, width, LONGEST_LINE)];
  const notes = (NOTES[path] ?? []).flatMap((note) => ["", wrapped(note, width)]);
  const more = path === "" ? topics(width) : ["", wrapped(GLOBAL, width)];
  return [...notes, ...examples, ...more].join("\n");
}

/** A line to type is never cut, but one that is longer has its words below it. */
const LONGEST_LINE = 42;

const GLOBAL =
  "Options of every command (--vm, --repo, --yes, --no-input, --quiet, --verbose): agent-vm --help";

const EXITS =
  "Exit codes: 0 done, 1 failed, 2 usage, 3 not ready, 4 refused to lose work or to take a risk, 70 bug, 130 interrupted; connect --, ssh -- and run return the command's own, or 125 when it could not be started.";

const topics = (width: number): string[] => [
  "",
  wrapped(EXITS, width),
  "",
  wrapped(`Topics: ${TOPICS.join(", ")}; read one with: agent-vm help <topic>`, width),
];
