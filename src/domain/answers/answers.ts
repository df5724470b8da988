// What each command says with --json: its form, as a check and as the JSON schema that is shipped. Pure.
import * as z from "zod/mini";
import { authStatus, configList, doctor, profileShow, trashList } from "./host.ts";
import { firstLook, forwardList, ports, ps, psWatch, sshConfig, status, statusWatch } from "./vm.ts";
import { diff, fetchAnswer, log, scan, watch } from "./work.ts";

/**
 * By the command. A form may gain members; what a member means changes only with a new number in `schema`. The commands
 * themselves never load this: tests hold them to it.
 */
export const ANSWERS = {
  "auth status": authStatus,
  "config list": configList,
  diff,
  doctor,
  fetch: fetchAnswer,
  /** Of no command. */
  "first look": firstLook,
  "forward list": forwardList,
  log,
  ports,
  "profile show": profileShow,
  ps,
  "ps --watch": psWatch,
  scan,
  "ssh-config": sshConfig,
  status,
  "status --watch": statusWatch,
  "trash list": trashList,
  watch,
} as const;

export type AnswerName = keyof typeof ANSWERS;

/** "status --watch" → "status-watch.schema.json", below `common/schemas/answers/`. */
export const schemaFile = (name: AnswerName): string => `${name.replaceAll(/[ -]+/g, "-")}.schema.json`;

/** The text of that file. Readers must ignore members that they do not know: later versions may have more. */
export function schemaText(name: AnswerName): string {
  const { $schema, ...rest } = z.toJSONSchema(ANSWERS[name], {
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  const lines = name === "watch" || name.endsWith("--watch") ? " (one on each line)" : "";
  const words = name === "first look" ? "agent-vm" : `agent-vm ${name}`;
  const title = `${words}${name === "watch" ? "" : " --json"}${lines}`;
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}
