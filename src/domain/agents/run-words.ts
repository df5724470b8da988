// How an agent is started with a prompt, from its definition. Pure.
import { EXIT, UserError } from "../../errors.ts";
import type { Agent } from "./catalog.ts";

/** "once": works until it is done and ends. "talk": its interface, on a terminal. "resume": its last conversation. */
export type AgentForm = "once" | "talk" | "resume";

export interface AgentWords {
  words: readonly string[];
  /** Text for standard input. */
  input?: string;
}

/** Linux gives one argument 128 KiB, its end included. */
const LONGEST_ARGUMENT = 128 * 1024 - 1;
const PLACE = "{prompt}";

/**
 * A form's words hold "{prompt}" as a word of its own where the prompt goes; one without it reads it from standard
 * input. Throws UserError (2) for a form that the agent does not have, and for a prompt that does not fit.
 */
export function agentWords(agent: Agent, form: AgentForm, prompt: string): AgentWords {
  const words = agent.run?.[form];
  if (words === undefined) {
    throw new UserError(`${agent.title} cannot be run that way.`, {
      hint: `Run it by hand: agent-vm connect <branch>, then ${agent.command}`,
      exit: EXIT.usage,
    });
  }
  const at = words.indexOf(PLACE);
  if (prompt === "")
    return { words: words.filter((word, place) => word !== PLACE && place !== flagAt(words, at)) };
  if (at < 0) return form === "once" ? { words, input: prompt } : tooMuch(agent);
  // What begins with a dash, as lists do, would be taken for an option.
  const argument = prompt.startsWith("-") ? ` ${prompt}` : prompt;
  if (Buffer.byteLength(argument) > LONGEST_ARGUMENT) return tooMuch(agent);
  return { words: words.map((word) => (word === PLACE ? argument : word)) };
}

/** An option just before the prompt is the prompt's. */
const flagAt = (words: readonly string[], at: number): number =>
  at > 0 && words[at - 1]?.startsWith("-") ? at - 1 : -1;

function tooMuch(agent: Agent): never {
  throw new UserError(`${agent.title} takes no prompt of that size that way.`, {
    hint: "Put the text into a file of the workspace and name that in a short prompt.",
    exit: EXIT.usage,
  });
}
